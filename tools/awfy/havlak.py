"""Havlak: finds the loops of a large flow graph, after Havlak, "Nesting of reducible and irreducible loops"."""

import sys

from awfy.core import Benchmark, IdentityDictionary, Set, Vector
from awfy.havlak_graph import Block, FlowGraph, Loop, LoopTree

DEPTH = 20_000  # frames: the numbering is as deep as the longest way through the graph
SHORT = 2  # searches behind the growth where the count is 0, for those in a hurry; the suite makes 50
UNVISITED = 2147483647
MOST_PREDECESSORS = 32 * 1024
NON_HEADER, REDUCIBLE, SELF, IRREDUCIBLE, DEAD = range(5)
RESULTS = {
    0: (1602, 5213),
    1: (1605, 5213),
    15: (1647, 5213),
    150: (2052, 5213),
    1500: (6102, 5213),
    15000: (46602, 5213),
}


class Member:
    """A block in the search: its number, its loop, and the set that it belongs to."""

    def __init__(self) -> None:
        self.parent = self
        self.block: Block | None = None
        self.number = 0
        self.loop: Loop | None = None

    def begin(self, block: Block, number: int) -> None:
        """It stands for a block now."""
        self.block = block
        self.number = number

    def representative(self) -> "Member":
        """The head of its set; the way there is shortened."""
        passed: Vector[Member] = Vector()
        node = self
        while node is not node.parent:
            if node.parent is not node.parent.parent:
                passed.append(node)
            node = node.parent
        passed.for_each(lambda each: each.unite(self.parent))
        return node

    def unite(self, other: "Member") -> None:
        """It belongs to the other's set."""
        self.parent = other


class LoopFinder:
    """One search through a graph."""

    def __init__(self, graph: FlowGraph, tree: LoopTree) -> None:
        self.graph = graph
        self.tree = tree
        self.numbers: IdentityDictionary[int] = IdentityDictionary()
        size = graph.size()
        self.kinds = [NON_HEADER] * size
        self.headers = [0] * size
        self.last = [0] * size
        self.members = [Member() for _ in range(size)]
        self.other_predecessors: list[Set[int]] = [Set() for _ in range(size)]
        self.back_predecessors: list[Vector[int]] = [Vector() for _ in range(size)]

    def find(self) -> None:
        """Add all loops to the tree."""
        self.graph.blocks.for_each(lambda block: self.numbers.at_put(block, UNVISITED))
        assert self.graph.start is not None, "a graph without blocks"
        self.number(self.graph.start, 0)
        for index in range(len(self.members)):
            self.sort_edges(index)
        for index in range(len(self.members) - 1, -1, -1):
            self.find_at(index)

    def number(self, block: Block, number: int) -> int:
        """Number a block and, depth first, what comes behind it; the last number given."""
        self.members[number].begin(block, number)
        self.numbers.at_put(block, number)
        last = number

        def visit(target: Block) -> None:
            nonlocal last
            if self.numbers.at(target) == UNVISITED:
                last = self.number(target, last + 1)

        block.out_edges.for_each(visit)
        self.last[number] = last
        return last

    def is_ancestor(self, one: int, other: int) -> bool:
        """Whether ``other`` was numbered from ``one`` on."""
        return one <= other and other <= self.last[one]

    def sort_edges(self, index: int) -> None:
        """Which edges into a block lead back."""
        block = self.members[index].block
        if block is None:
            self.kinds[index] = DEAD
            return

        def consider(source: Block) -> None:
            number = self.numbers.at(source)
            if number is not None and number != UNVISITED:
                if self.is_ancestor(index, number):
                    self.back_predecessors[index].append(number)
                else:
                    self.other_predecessors[index].add(number)

        block.in_edges.for_each(consider)

    def find_at(self, index: int) -> None:
        """The loop with this block as its header, if there is one."""
        block = self.members[index].block
        pool: Vector[Member] = Vector()
        if block is not None:
            self.collect_sources(index, pool)
            if pool.size() != 0:
                self.kinds[index] = REDUCIBLE
            waiting: Vector[Member] = Vector()
            pool.for_each(waiting.append)
            while not waiting.is_empty():
                member = waiting.remove_first()
                assert member is not None, "not empty"
                if self.other_predecessors[member.number].size() > MOST_PREDECESSORS:
                    return
                self.chase(index, pool, waiting, member)
        if pool.size() > 0 or self.kinds[index] == SELF:
            self.fill(index, pool, self.tree.new_loop(block, self.kinds[index] != IRREDUCIBLE))

    def collect_sources(self, index: int, pool: Vector[Member]) -> None:
        """Where the edges back to a header come from."""

        def consider(number: int) -> None:
            if number != index:
                pool.append(self.members[number].representative())
            else:
                self.kinds[index] = SELF

        self.back_predecessors[index].for_each(consider)

    def chase(self, index: int, pool: Vector[Member], waiting: Vector[Member], member: Member) -> None:
        """Follow the other edges into a block of the loop backwards."""

        def follow(number: int) -> None:
            found = self.members[number].representative()
            if not self.is_ancestor(index, found.number):
                self.kinds[index] = IRREDUCIBLE
                self.other_predecessors[index].add(found.number)
            elif found.number != index and not pool.has_some(lambda each: each is found):
                waiting.append(found)
                pool.append(found)

        self.other_predecessors[member.number].for_each(follow)

    def fill(self, index: int, pool: Vector[Member], loop: Loop) -> None:
        """Put blocks and inner loops into a loop."""
        header = self.members[index]
        header.loop = loop

        def take(member: Member) -> None:
            self.headers[member.number] = index
            member.unite(header)
            if member.loop is not None:
                member.loop.set_parent(loop)
            elif member.block is not None:
                loop.add_block(member.block)

        pool.for_each(take)


class Havlak(Benchmark):
    """A number of searches before the graph has grown, fifty behind; two with a count of 0."""

    def run(self, count: int) -> None:
        """Search; raise WrongResult."""
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(max(limit, DEPTH))
        try:
            self.search(count)
        finally:
            sys.setrecursionlimit(limit)

    def search(self, count: int) -> None:
        """All searches."""
        graph, tree = FlowGraph(), LoopTree()
        graph.build_small()
        for _ in range(count):
            LoopFinder(graph, tree).find()
        graph.build_large(10, 10, 5)
        LoopFinder(graph, tree).find()
        for _ in range(50 if count else SHORT):
            LoopFinder(graph, LoopTree()).find()
        tree.compute_nesting()
        self.check((tree.size(), graph.size()) == RESULTS[count])
