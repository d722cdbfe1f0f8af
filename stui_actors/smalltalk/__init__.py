"""The embedded Smalltalk: parser, compiler, class library, images and processes. No I/O, no Trio."""
