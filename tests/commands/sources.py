"""Classes as source, for the tests of loading and changing them; and what a session holds besides its record."""

COUNTER = """"
I count.
"
Class {
	#name : 'Counter',
	#superclass : 'Object',
	#instVars : [ 'count' ],
	#classVars : [ 'Made' ],
	#classInstVars : [ 'limit' ],
	#category : 'Demo',
	#package : 'Demo'
}

{ #category : 'class initialization' }
Counter class >> initialize [
	Made := 7.
	limit := 100
]

{ #category : 'accessing' }
Counter class >> made [
	^ Made + limit
]

{ #category : 'accessing' }
Counter >> count [
	^ count ifNil: [ count := 0 ]
]

{ #category : 'counting' }
Counter >> increment [
	count := self count + 1
]
"""

TWO = """Class { #name : 'Square', #superclass : 'Shape', #instVars : [ 'side' ], #package : 'Demo' }

Square >> area [
	^ side * side
]

Square >> side: aNumber [
	side := aNumber
]

Class { #name : 'Shape', #superclass : 'Object', #package : 'Demo' }

Shape >> isBig [
	^ self area > 100
]

Extension { #name : 'Integer' }

{ #category : '*Demo' }
Integer >> squared2 [
	^ self * self
]
"""

CHUNKS = """'From Pharo12'!

Object subclass: #Greeter
	instanceVariableNames: 'name'
	classVariableNames: ''
	package: 'Demo'!
!Greeter commentStamp: 'ada' prior: 0!
I greet!!!

!Greeter methodsFor: 'greeting' stamp: 'ada'!
greet
	^ 'Hello, ', name, '!!'! !

!Greeter methodsFor: 'accessing'!
name: aString
	name := aString! !

Greeter class
	instanceVariableNames: 'default'!

!Greeter class methodsFor: 'class initialization'!
initialize
	default := 'World'! !
!Greeter class methodsFor: 'making'!
standard
	^ self new name: default; yourself! !

Greeter initialize!
seen := Greeter standard greet!
"""

TRAITS = """Class {
	#name : 'Clock', #superclass : 'Object', #package : 'Demo',
	#traits : 'TShow + (TTick - { #rest }) @ { #beat -> #tick }'
}

Clock >> name [ ^ 'clock' ]

Trait { #name : 'TTick', #instVars : [ 'ticks' ], #package : 'Demo' }

TTick >> tick [ ^ ticks := (ticks ifNil: [ 0 ]) + 1 ]

TTick >> rest [ ^ ticks := 0 ]

TTick class >> quiet [ ^ self new ]

Trait { #name : 'TShow', #package : 'Demo' }

TShow >> show [ ^ 'a ', self name ]

TShow >> name [ ^ 'thing' ]
"""


async def snapshot(house, peer):
    """The session's workspace as text, its record left out."""
    exported = (await peer.do("export_session"))["data"]
    return exported.partition("\n")[2]
