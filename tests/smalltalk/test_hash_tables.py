"""Hash tables under keys whose ``=`` and ``hash`` interfere: what crashed or corrupted Python's own."""

import random

import greenlet
import pytest
from attrs import define, field

from stui_actors.smalltalk import hashtable
from stui_actors.smalltalk.hashtable import HashTable, equality_key, identity_key, probing_order
from stui_actors.smalltalk.objects import StString, character


@define(eq=False)
class Key:
    """A key whose equality is asked by messages; ``interfere`` runs in the midst of them."""

    number: int
    interfere: object = None


@define(eq=False)
class MessengerMachine:
    """Sends ``=`` and ``hash`` to keys, as the machine does, and counts what is charged."""

    standard_equality: bool = True
    charged: int = 0
    ticks: int = 0
    stops_at: int = 0  # the tick at which somebody stops what runs
    k: dict[type, type] = field(factory=dict)
    sent: list[str] = field(factory=list)

    def send(self, receiver: object, selector: str, *arguments: object) -> object:
        self.sent.append(selector)
        if not isinstance(receiver, Key):
            return hash(str(receiver)) if selector == "hash" else str(receiver) == str(arguments[0])
        if receiver.interfere is not None:
            receiver.interfere()
        if selector == "hash":
            return receiver.number % 4
        return isinstance(arguments[0], Key) and arguments[0].number == receiver.number

    def tick_if_due(self):
        self.ticks += 1
        if self.ticks == self.stops_at:
            raise KeyboardInterrupt

    def charge(self, size: int) -> None:
        self.charged += size


@pytest.fixture
def machine(monkeypatch):
    fake = MessengerMachine()
    monkeypatch.setattr(hashtable, "MACHINE", fake)
    return fake


def numbers(table: HashTable) -> list[int]:
    return [key.number for key, _ in table.entries()]


def test_plain_keys_are_found_without_messages(machine):
    table = HashTable()
    for key in (1, "a", StString("b"), 2.5, character(97), None, True, False):
        table.put(key, key)

    assert table.size() == 8
    assert table.find(StString("a")) is not None
    assert table.find("b") is not None
    assert machine.sent == []


def test_true_and_one_are_two_keys_and_one_and_one_point_zero_are_one(machine):
    table = HashTable()
    table.put(1, "integer")
    table.put(True, "boolean")
    table.put(1.0, "float")

    assert table.size() == 2
    assert table.find(1)[1] == "float"
    assert table.find(True)[1] == "boolean"
    assert table.find(0) is None
    assert table.find(False) is None


def test_identity_parts_equal_strings_and_joins_equal_symbols(machine):
    table = HashTable(identity=True)
    one, other = StString("a"), StString("a")
    for key in (one, other, "a", "a", 1, 1.0, 0.0, -0.0, [1], [1]):
        table.put(key, None)

    assert table.size() == 9
    assert table.find(one)[0] is one
    assert table.find(StString("a")) is None


def test_a_key_with_messages_turns_the_table_over_and_nothing_is_lost(machine):
    table = HashTable()
    table.put("text", 1)
    key = Key(7)
    table.put(key, 2)

    assert table.find("text")[1] == 1
    assert table.find(StString("text"))[1] == 1
    assert table.find(Key(7))[0] is key
    assert [value for _, value in table.entries()] == [1, 2]


def test_entries_keep_their_order_of_arrival_through_removals(machine):
    table = HashTable()
    for number in (5, 1, 9, 13, 2):
        table.put(Key(number), None)
    table.remove(Key(1))
    table.put(Key(1), None)
    table.put(Key(9), "again")

    assert numbers(table) == [5, 9, 13, 2, 1]


def test_an_equality_that_changes_the_table_meets_a_fresh_search(machine):
    table = HashTable()
    keys = [Key(number) for number in (0, 4, 8)]
    for key in keys:
        table.put(key, None)

    def empty_once() -> None:
        for key in keys:
            key.interfere = None
        table.clear()

    keys[1].interfere = empty_once
    table.put(Key(8), "new")

    assert numbers(table) == [8]
    assert table.size() == 1


def test_a_hash_that_adds_to_the_table_being_turned_over_loses_nothing(machine):
    table = HashTable()
    table.put(3, None)
    intruder = Key(1)

    def intrude() -> None:
        intruder.interfere = None
        table.put(99, None)

    intruder.interfere = intrude
    table.put(intruder, None)

    assert table.size() == 3
    assert table.find(99) is not None


def test_a_restored_table_is_hashed_at_its_first_use(machine):
    table = HashTable.restored([(Key(3), "three"), ("x", 1)], identity=False)

    assert machine.sent == []
    assert [value for _, value in table.entries()] == ["three", 1]
    assert machine.sent == []
    assert table.find(Key(3))[1] == "three"
    assert table.size() == 2


def test_others_run_while_a_large_table_is_turned_over_or_restored(machine):
    entries = [(number, number) for number in range(5000)]
    table = HashTable.restored(entries, identity=False)

    assert table.size() == 5000
    assert machine.ticks >= 5000 // 256
    machine.ticks = 0
    table.put(Key(1), 1)

    assert table.size() == 5001
    assert machine.ticks >= 5000 // 256


def test_what_is_stopped_while_a_table_is_hashed_leaves_it_whole(machine):
    entries = [(number, number) for number in range(5000)]
    table = HashTable.restored(entries, identity=False)
    machine.stops_at = 5
    with pytest.raises(KeyboardInterrupt):
        table.find(7)

    assert table.entries() == entries
    assert table.size() == 5000
    machine.stops_at = machine.ticks + 5
    with pytest.raises(KeyboardInterrupt):
        table.put(Key(1), 1)
    assert table.entries() == entries


def test_redefined_equality_sends_messages_for_numbers_too(machine):
    table = HashTable()
    table.put(1, None)
    machine.standard_equality = False

    table.find(2)

    assert "hash" in machine.sent


def test_objects_with_the_equality_of_object_are_found_without_messages(machine):
    class Lookup:
        pass

    class OwnEquality(Lookup):
        pass

    setattr(Lookup, "m:=", lambda self, other: self is other)
    setattr(Lookup, "m:hash", id)
    setattr(OwnEquality, "m:=", lambda self, other: True)
    machine.k.update({HashTable: Lookup, object: Lookup, Key: OwnEquality})
    table = HashTable()
    plain = object()
    table.put(plain, "found")

    assert table.find(plain)[1] == "found"
    assert table.find(object()) is None
    assert machine.sent == []
    table.put(Key(1), None)
    assert "hash" in machine.sent


def test_growth_is_charged(machine):
    table = HashTable()
    for number in range(1000):
        table.put(number, None)

    assert machine.charged >= 1000 * 100


def test_small_integers_stand_as_a_table_with_probing_has_them():
    word = [ord(each) for each in "helo"] + [ord(each) for each in "wrd"]
    assert "".join(chr(word[index]) for index in probing_order(word)) == "whlorde"
    assert probing_order([]) == []
    assert sorted(probing_order([7] * 40)) == list(range(40))


def test_python_keys_never_mix_kinds():
    kinds = [1, True, "1", None, False, 0, character(49)]
    assert len({equality_key(each) for each in kinds}) == len(kinds)
    assert len({identity_key(each) for each in kinds}) == len(kinds)


def wander(table: HashTable, chance: random.Random, rounds: int) -> None:
    """Do at random what programs do to a table, with keys that switch to others whenever they are compared."""
    for _ in range(rounds):
        key = Key(chance.randrange(12))
        if chance.random() < 0.5:
            key.interfere = lambda: greenlet.getcurrent().parent.switch()
        match chance.randrange(12):
            case 0 | 1 | 2 | 3 | 4:
                table.put(key, key.number)
            case 5 | 6 | 7:
                table.find(key)
            case 8 | 9 | 10:
                table.remove(key)
            case _:
                table.clear()
        greenlet.getcurrent().parent.switch()


@pytest.mark.parametrize("seed", range(40))
def test_processes_that_switch_inside_of_comparisons_leave_no_duplicates_and_no_losses(machine, seed):
    chance = random.Random(seed)
    table = HashTable()
    runners = [greenlet.greenlet(lambda: wander(table, chance, 40)) for _ in range(4)]
    while runners:
        runner = chance.choice(runners)
        runner.switch()
        runners = [each for each in runners if not each.dead]
        found = numbers(table)
        assert len(found) == len(set(found)), "two equal keys in one table"
    for key, value in table.entries():
        key.interfere = None
        assert table.find(Key(key.number)) == (key, value, table.find(key)[2])
    assert table.size() == len(table.entries())
