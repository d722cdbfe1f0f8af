"""The load runner's parts; ``tools/load.py`` is its command line, ``tools/bench.py`` measures with it too."""
