"""What a workspace full of objects should hold: Python's own objects for Smalltalk's, shared where those are shared.

Each change is a do-it and what it does here. ``told`` is what the workspace answers when it is asked for all of it:
what each object holds, and which of them are the same.
"""

from collections.abc import Callable, Iterable, Sequence
from random import Random
from string import ascii_lowercase

from attrs import define, field

LISTS = ("one", "two", "three")
TEXTS = ("text", "motto")
KEYS = ("ant", "bee", "cat", "dog", "eel")
LEAST_BYTES = 8
KEEPER = """Object subclass: #Keeper instanceVariableNames: '' classVariableNames: '' package: 'Zoo'.
Keeper class compile: 'is: each in: some ^ (some identityIndexOf: each) printString , '':'''.
Keeper class compile: 'told: lists and: texts and: book and: pets and: rest
    ^ String streamContents: [:all |
        lists do: [:each | all << (self is: each in: lists). each do: [:n | all print: n; space]].
        texts do: [:each | all << (self is: each in: texts) << each << '' ''].
        (book keys asSortedCollection: [:a :b | a <= b]) do: [:key | | held |
            held := book at: key.
            all << key << (self is: held in: lists).
            held isInteger ifTrue: [all print: held; space] ifFalse: [held do: [:n | all print: n; space]]].
        pets do: [:each |
            all << (self is: each name in: texts) << each name << (self is: each friend in: pets)].
        rest do: [:each | each asSortedCollection do: [:n | all print: n; space]. all << ''.'']]'."""
PET = """Object subclass: #Pet instanceVariableNames: '{names}' classVariableNames: '' package: 'Zoo'. """
METHODS = """Pet compile: 'name ^ name'. Pet compile: 'name: each name := each'. Pet compile: 'friend ^ friend'.
Pet compile: 'friend: each friend := each'. Pet class compile: 'named: each ^ self new name: each; yourself'. """
FIRST = (
    "one := OrderedCollection new. two := OrderedCollection new. three := one. text := 'begin' copy. motto := text. "
    "book := Dictionary new. pets := OrderedCollection new. mob := Set new. row := Array new: 8 withAll: 0. "
    "bytes := ByteArray new: 8"
)
SETUP = (PET.format(names="name friend") + METHODS, KEEPER, FIRST)
TELL = "Keeper told: {one. two. three} and: {text. motto} and: book and: pets and: {mob. row. bytes}"

Text = list[str]
Numbers = list[int]


@define(eq=False)
class Pet:
    """An instance of a class of the client's own."""

    name: Text
    friend: "Pet | None" = None


def _is(each: object, some: Sequence[object]) -> str:
    return f"{next((place for place, other in enumerate(some, 1) if other is each), 0)}:"


def _spaced(numbers: Iterable[int]) -> str:
    return "".join(f"{each} " for each in numbers)


@define(eq=False)
class Hoard:
    """All of it; ``copy.deepcopy`` makes one that is as it is now."""

    lists: dict[str, Numbers]
    texts: dict[str, Text]
    book: dict[str, int | Numbers] = field(factory=dict)
    pets: list[Pet] = field(factory=list)
    mob: set[int] = field(factory=set)
    row: Numbers = field(factory=lambda: [0] * LEAST_BYTES)
    bytes: Numbers = field(factory=lambda: [0] * LEAST_BYTES)
    is_wide: bool = False  # whether Pet has one variable more

    @classmethod
    def first(cls) -> "Hoard":
        """As ``SETUP`` leaves it."""
        one, text = Numbers(), Text("begin")
        return cls({"one": one, "two": Numbers(), "three": one}, {"text": text, "motto": text})

    def told(self) -> str:
        """What ``TELL`` should answer."""
        lists, texts = list(self.lists.values()), list(self.texts.values())
        parts = [_is(each, lists) + _spaced(each) for each in lists]
        parts += [f"{_is(each, texts)}{''.join(each)} " for each in texts]
        for key in sorted(self.book):
            held = self.book[key]
            parts.append(key + _is(held, lists) + _spaced([held] if isinstance(held, int) else held))
        parts += [_is(each.name, texts) + "".join(each.name) + _is(each.friend, self.pets) for each in self.pets]
        parts += [f"{_spaced(sorted(each))}." for each in (self.mob, self.row, self.bytes)]
        return "".join(parts)

    def change(self, chance: Random) -> str:
        """Change something; the code of the do-it that does it."""
        return chance.choice(CHANGES)(self, chance)

    # Collections

    def add(self, chance: Random) -> str:
        name, number = chance.choice(LISTS), chance.randrange(100)
        self.lists[name].append(number)
        return f"{name} add: {number}"

    def add_first(self, chance: Random) -> str:
        name, number = chance.choice(LISTS), chance.randrange(100)
        self.lists[name].insert(0, number)
        return f"{name} addFirst: {number}"

    def insert(self, chance: Random) -> str:
        name, number = chance.choice(LISTS), chance.randrange(100)
        if not self.lists[name]:
            return self.add(chance)
        place = chance.randrange(len(self.lists[name]))
        self.lists[name].insert(place, number)
        return f"{name} add: {number} beforeIndex: {place + 1}"

    def remove(self, chance: Random) -> str:
        name = chance.choice(LISTS)
        if not self.lists[name]:
            return self.add(chance)
        place = chance.randrange(len(self.lists[name]))
        del self.lists[name][place]
        return f"{name} removeAt: {place + 1}"

    def replace(self, chance: Random) -> str:
        name, number = chance.choice(LISTS), chance.randrange(100)
        if not self.lists[name]:
            return self.add(chance)
        place = chance.randrange(len(self.lists[name]))
        self.lists[name][place] = number
        return f"{name} at: {place + 1} put: {number}"

    def share(self, chance: Random) -> str:
        name, other = chance.choice(LISTS), chance.choice(LISTS)
        self.lists[name] = self.lists[other]
        return f"{name} := {other}"

    def part(self, chance: Random) -> str:
        name, other = chance.choice(LISTS), chance.choice(LISTS)
        self.lists[name] = list(self.lists[other])
        return f"{name} := {other} copy"

    def join(self, chance: Random) -> str:
        number = chance.randrange(20)
        self.mob.add(number)
        return f"mob add: {number}"

    def leave(self, chance: Random) -> str:
        number = chance.choice([*self.mob, 0])
        self.mob.discard(number)
        return f"mob remove: {number} ifAbsent: []"

    def set_row(self, chance: Random) -> str:
        place, number = chance.randrange(LEAST_BYTES), chance.randrange(256)
        self.row[place] = number
        return f"row at: {place + 1} put: {number}"

    def set_byte(self, chance: Random) -> str:
        place, number = chance.randrange(LEAST_BYTES), chance.randrange(256)
        self.bytes[place] = number
        return f"bytes at: {place + 1} put: {number}"

    # The dictionary

    def enter(self, chance: Random) -> str:
        key, number = chance.choice(KEYS), chance.randrange(100)
        self.book[key] = number
        return f"book at: #{key} put: {number}"

    def shelve(self, chance: Random) -> str:
        key, name = chance.choice(KEYS), chance.choice(LISTS)
        self.book[key] = self.lists[name]
        return f"book at: #{key} put: {name}"

    def strike(self, chance: Random) -> str:
        key = chance.choice(KEYS)
        self.book.pop(key, None)
        return f"book removeKey: #{key} ifAbsent: []"

    # Strings

    def spell(self, chance: Random) -> str:
        name, letter = chance.choice(TEXTS), chance.choice(ascii_lowercase)
        place = chance.randrange(len(self.texts[name]))
        self.texts[name][place] = letter
        return f"{name} at: {place + 1} put: ${letter}"

    def write(self, chance: Random) -> str:
        name, word = chance.choice(TEXTS), "".join(chance.choices(ascii_lowercase, k=chance.randint(1, 9)))
        self.texts[name] = Text(word)
        return f"{name} := '{word}' copy"

    def lend(self, chance: Random) -> str:
        name, other = chance.sample(TEXTS, 2)
        self.texts[name] = self.texts[other]
        return f"{name} := {other}"

    # Instances of a class of the client's own

    def adopt(self, chance: Random) -> str:
        """A new one; its friend is the one that came before."""
        name = chance.choice(TEXTS)
        self.pets.append(Pet(self.texts[name], self.pets[-1] if self.pets else None))
        friend = "(pets ifEmpty: [nil] ifNotEmpty: [pets last])"
        return f"pets add: ((Pet named: {name}) friend: {friend}; yourself)"

    def befriend(self, chance: Random) -> str:
        if not self.pets:
            return self.adopt(chance)
        one, other = (chance.randrange(len(self.pets)) for _ in range(2))
        self.pets[one].friend = self.pets[other]
        return f"(pets at: {one + 1}) friend: (pets at: {other + 1})"

    def rename(self, chance: Random) -> str:
        if not self.pets:
            return self.adopt(chance)
        place, name = chance.randrange(len(self.pets)), chance.choice(TEXTS)
        self.pets[place].name = self.texts[name]
        return f"(pets at: {place + 1}) name: {name}"

    def abandon(self, chance: Random) -> str:
        if not self.pets:
            return self.adopt(chance)
        place = chance.randrange(len(self.pets))
        del self.pets[place]
        return f"pets removeAt: {place + 1}"

    def become(self, chance: Random) -> str:
        """Two trade places with all who refer to them: as if each had got what the other held."""
        if len(self.pets) < 2:
            return self.adopt(chance)
        one, other = chance.sample(range(len(self.pets)), 2)
        first, second = self.pets[one], self.pets[other]
        first.name, first.friend, second.name, second.friend = second.name, second.friend, first.name, first.friend
        return f"(pets at: {one + 1}) become: (pets at: {other + 1})"

    def reshape(self, chance: Random) -> str:
        """Give the class a variable more or less; its instances keep what they had."""
        self.is_wide = not self.is_wide
        return PET.format(names="name friend age" if self.is_wide else "name friend")


OFTEN = (Hoard.add, Hoard.enter, Hoard.spell, Hoard.adopt, Hoard.adopt, Hoard.befriend, Hoard.share)
CHANGES: tuple[Callable[[Hoard, Random], str], ...] = (
    *OFTEN,
    *OFTEN,
    Hoard.add_first,
    Hoard.insert,
    Hoard.remove,
    Hoard.replace,
    Hoard.part,
    Hoard.join,
    Hoard.leave,
    Hoard.set_row,
    Hoard.set_byte,
    Hoard.shelve,
    Hoard.strike,
    Hoard.write,
    Hoard.lend,
    Hoard.rename,
    Hoard.abandon,
    Hoard.become,
    Hoard.reshape,
)
