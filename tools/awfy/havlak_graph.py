"""Havlak's flow graphs and the loops found in them."""

from awfy.core import Set, Vector


class Block:
    """A basic block, with its edges."""

    def __init__(self, name: int) -> None:
        self.name = name
        self.in_edges: Vector[Block] = Vector(2)
        self.out_edges: Vector[Block] = Vector(2)

    def custom_hash(self) -> int:
        """Its name."""
        return self.name


class FlowGraph:
    """Blocks by name."""

    def __init__(self) -> None:
        self.blocks: Vector[Block] = Vector()
        self.start: Block | None = None

    def size(self) -> int:
        """How many blocks there are."""
        return self.blocks.size()

    def block(self, name: int) -> Block:
        """The block of a name, made if there is none."""
        found = self.blocks.at(name)
        if found is None:
            found = Block(name)
            self.blocks.at_put(name, found)
        if self.size() == 1:
            self.start = found
        return found

    def connect(self, source: int, target: int) -> None:
        """An edge."""
        one, other = self.block(source), self.block(target)
        one.out_edges.append(other)
        other.in_edges.append(one)

    def diamond(self, start: int) -> int:
        """Two ways to one end, which is answered."""
        self.connect(start, start + 1)
        self.connect(start, start + 2)
        self.connect(start + 1, start + 3)
        self.connect(start + 2, start + 3)
        return start + 3

    def straight(self, start: int, count: int) -> int:
        """Blocks in a row; the last one."""
        for index in range(count):
            self.connect(start + index, start + index + 1)
        return start + count

    def nest(self, start: int) -> int:
        """A loop around two loops; the block behind it."""
        header = self.straight(start, 1)
        first = self.diamond(header)
        middle = self.straight(first, 1)
        second = self.diamond(middle)
        footer = self.straight(second, 1)
        self.connect(second, middle)
        self.connect(first, header)
        self.connect(footer, start)
        return self.straight(footer, 1)

    def build_small(self) -> None:
        """One nest."""
        self.block(0)
        self.nest(0)
        self.block(1)
        self.connect(0, 2)

    def build_large(self, outer: int, middle: int, inner: int) -> None:
        """Nests in loops in loops."""
        last = 2
        for _ in range(outer):
            self.block(last + 1)
            self.connect(2, last + 1)
            last += 1
            for _ in range(middle):
                top = last
                last = self.straight(last, 1)
                for _ in range(inner):
                    last = self.nest(last)
                bottom = self.straight(last, 1)
                self.connect(last, top)
                last = bottom
            self.connect(last, 1)


class Loop:
    """A loop: its blocks, and the loops inside."""

    def __init__(self, header: Block | None, is_reducible: bool) -> None:
        self.header = header
        self.is_reducible = is_reducible
        self.parent: Loop | None = None
        self.is_root = False
        self.nesting = 0
        self.depth = 0
        self.blocks: Set[Block] = Set()
        self.children: Set[Loop] = Set()
        if header is not None:
            self.blocks.add(header)

    def add_block(self, block: Block) -> None:
        """A block of it."""
        self.blocks.add(block)

    def set_parent(self, parent: "Loop") -> None:
        """It is inside another."""
        self.parent = parent
        parent.children.add(self)


class LoopTree:
    """All loops of a graph."""

    def __init__(self) -> None:
        self.loops: Vector[Loop] = Vector()
        self.root = self.new_loop(None, True)
        self.root.is_root = True

    def size(self) -> int:
        """How many there are, the root included."""
        return self.loops.size()

    def new_loop(self, header: Block | None, is_reducible: bool) -> Loop:
        """A loop that is nowhere yet."""
        made = Loop(header, is_reducible)
        self.loops.append(made)
        return made

    def compute_nesting(self) -> None:
        """How deep each loop is, and how deep it nests."""

        def adopt(loop: Loop) -> None:
            if not loop.is_root and loop.parent is None:
                loop.set_parent(self.root)

        self.loops.for_each(adopt)
        self.compute_from(self.root, 0)

    def compute_from(self, loop: Loop, depth: int) -> None:
        """Below a loop."""
        loop.depth = depth

        def consider(child: Loop) -> None:
            self.compute_from(child, depth + 1)
            loop.nesting = max(loop.nesting, 1 + child.nesting)

        loop.children.for_each(consider)
