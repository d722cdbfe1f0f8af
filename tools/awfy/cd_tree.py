"""CD's red-black tree, after Cormen, Leiserson and Rivest, "Introduction to Algorithms"."""

from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar


class Ordered(Protocol):
    """A key."""

    def compare(self, other: Any) -> int:
        """Less than, equal to or more than 0."""
        ...


Key = TypeVar("Key", bound=Ordered)
Value = TypeVar("Value")


class Node(Generic[Key, Value]):
    """A key with its value and its place in the tree."""

    def __init__(self, key: Key, value: Value, parent: "Node[Key, Value] | None") -> None:
        self.key = key
        self.value = value
        self.parent: Any = parent  # the algorithm knows where there is one
        self.left: Any = None
        self.right: Any = None
        self.is_red = True

    def minimum(self) -> "Node[Key, Value]":
        """The leftmost node at or below this one."""
        node = self
        while node.left is not None:
            node = node.left
        return node

    def successor(self) -> "Node[Key, Value] | None":
        """The node with the next key."""
        if self.right is not None:
            found: Node[Key, Value] = self.right.minimum()
            return found
        node, above = self, self.parent
        while above is not None and node is above.right:
            node, above = above, above.parent
        found_above: Node[Key, Value] | None = above
        return found_above


class RedBlackTree(Generic[Key, Value]):
    """Values by keys that have an order."""

    def __init__(self) -> None:
        self.root: Any = None

    def get(self, key: Key) -> Value | None:
        """The value of a key; None if it has none."""
        node = self.find(key)
        return None if node is None else node.value

    def find(self, key: Key) -> Node[Key, Value] | None:
        """The node of a key."""
        node: Node[Key, Value] | None = self.root
        while node is not None:
            order = key.compare(node.key)
            if order == 0:
                return node
            node = node.left if order < 0 else node.right
        return None

    def for_each(self, function: Callable[[Key, Value], None]) -> None:
        """Call ``function`` with each key and value, in the order of keys."""
        node = None if self.root is None else self.root.minimum()
        while node is not None:
            function(node.key, node.value)
            node = node.successor()

    def put(self, key: Key, value: Value) -> Value | None:
        """Set the value of a key; answer what it was."""
        above, order = None, 0
        node = self.root
        while node is not None:
            above = node
            order = key.compare(node.key)
            if order == 0:
                before: Value = node.value
                node.value = value
                return before
            node = node.left if order < 0 else node.right
        made: Any = Node(key, value, above)
        if above is None:
            self.root = made
        elif order < 0:
            above.left = made
        else:
            above.right = made
        self.repair_insertion(made)
        return None

    def repair_insertion(self, node: Any) -> None:
        """No red node below a red one."""
        while node is not self.root and node.parent.is_red:
            parent = node.parent
            above = parent.parent
            if parent is above.left:
                uncle = above.right
                if uncle is not None and uncle.is_red:
                    node = self.recolour(parent, uncle, above)
                else:
                    if node is parent.right:
                        node = parent
                        self.rotate_left(node)
                    node.parent.is_red = False
                    above.is_red = True
                    self.rotate_right(above)
            else:
                uncle = above.left
                if uncle is not None and uncle.is_red:
                    node = self.recolour(parent, uncle, above)
                else:
                    if node is parent.left:
                        node = parent
                        self.rotate_right(node)
                    node.parent.is_red = False
                    above.is_red = True
                    self.rotate_left(above)
        self.root.is_red = False

    def recolour(self, parent: Any, uncle: Any, above: Any) -> Any:
        """Both black, the one above red; the repair goes on there."""
        parent.is_red = False
        uncle.is_red = False
        above.is_red = True
        return above

    def replace_child(self, node: Any, by: Any) -> None:
        """What hung ``node`` holds ``by``."""
        if node.parent is None:
            self.root = by
        elif node is node.parent.left:
            node.parent.left = by
        else:
            node.parent.right = by

    def rotate_left(self, node: Any) -> None:
        """Its right child takes its place."""
        child = node.right
        node.right = child.left
        if child.left is not None:
            child.left.parent = node
        child.parent = node.parent
        self.replace_child(node, child)
        child.left = node
        node.parent = child

    def rotate_right(self, node: Any) -> None:
        """Its left child takes its place."""
        child = node.left
        node.left = child.right
        if child.right is not None:
            child.right.parent = node
        child.parent = node.parent
        self.replace_child(node, child)
        child.right = node
        node.parent = child

    def remove(self, key: Key) -> Value | None:
        """Take a key away; answer its value."""
        node: Any = self.find(key)
        if node is None:
            return None
        value: Value = node.value
        gone = node if node.left is None or node.right is None else node.successor()
        child = gone.left if gone.left is not None else gone.right
        parent = gone.parent
        if child is not None:
            child.parent = parent
        self.replace_child(gone, child)
        if not gone.is_red:
            self.repair_removal(child, parent)
        if gone is not node:
            self.take_place(gone, node)
        return value

    def take_place(self, gone: Any, node: Any) -> None:
        """``gone`` stands where ``node`` stood."""
        gone.parent = node.parent
        gone.is_red = node.is_red
        gone.left = node.left
        gone.right = node.right
        if node.left is not None:
            node.left.parent = gone
        if node.right is not None:
            node.right.parent = gone
        self.replace_child(node, gone)

    def repair_removal(self, node: Any, parent: Any) -> None:
        """As many black nodes on each way as before."""
        while node is not self.root and self.is_black(node):
            node = self.repair_left(parent) if node is parent.left else self.repair_right(parent)
            parent = node.parent
        if node is not None:
            node.is_red = False

    def repair_left(self, parent: Any) -> Any:
        """One black node too few at the left: where the repair goes on."""
        sibling = parent.right
        if sibling.is_red:
            sibling.is_red = False
            parent.is_red = True
            self.rotate_left(parent)
            sibling = parent.right
        if self.is_black(sibling.left) and self.is_black(sibling.right):
            sibling.is_red = True
            return parent
        if self.is_black(sibling.right):
            sibling.left.is_red = False
            sibling.is_red = True
            self.rotate_right(sibling)
            sibling = parent.right
        sibling.is_red = parent.is_red
        parent.is_red = False
        if sibling.right is not None:
            sibling.right.is_red = False
        self.rotate_left(parent)
        return self.root

    def repair_right(self, parent: Any) -> Any:
        """One black node too few at the right: where the repair goes on."""
        sibling = parent.left
        if sibling.is_red:
            sibling.is_red = False
            parent.is_red = True
            self.rotate_right(parent)
            sibling = parent.left
        if self.is_black(sibling.right) and self.is_black(sibling.left):
            sibling.is_red = True
            return parent
        if self.is_black(sibling.left):
            sibling.right.is_red = False
            sibling.is_red = True
            self.rotate_left(sibling)
            sibling = parent.left
        sibling.is_red = parent.is_red
        parent.is_red = False
        if sibling.left is not None:
            sibling.left.is_red = False
        self.rotate_right(parent)
        return self.root

    def is_black(self, node: Any) -> bool:
        """Whether a node, or none, counts as black."""
        return node is None or not node.is_red
