"""DeltaBlue's variables and constraints."""

from awfy.core import Vector

STRONGEST, REQUIRED, STRONG_PREFERRED, PREFERRED, STRONG_DEFAULT, DEFAULT, WEAK_DEFAULT, WEAKEST = range(8)
FORWARD, BACKWARD = 1, 2


class Unsatisfiable(Exception):
    """A required constraint that cannot be satisfied, or a cycle."""


class Variable:
    """A value, the constraints on it, and how strongly it is held."""

    def __init__(self, value: int) -> None:
        self.value = value
        self.constraints: Vector[Constraint] = Vector(2)
        self.determined_by: Constraint | None = None
        self.mark = 0
        self.strength = WEAKEST
        self.stay = True

    def add(self, constraint: "Constraint") -> None:
        """A constraint reads or writes it."""
        self.constraints.append(constraint)

    def remove(self, constraint: "Constraint") -> None:
        """The constraint does no longer."""
        self.constraints.remove(constraint)
        if self.determined_by is constraint:
            self.determined_by = None

    def is_known(self, mark: int) -> bool:
        """Whether it was computed by the plan being made, or needs no computing."""
        return self.mark == mark or self.stay or self.determined_by is None


class Constraint:
    """A relation that is to hold. A smaller strength is a stronger one."""

    def __init__(self, strength: int) -> None:
        self.strength = strength

    def is_input(self) -> bool:
        """Whether it depends on the world outside."""
        return False

    def is_satisfied(self) -> bool:
        """Whether it is enforced now."""
        raise NotImplementedError

    def unsatisfy(self) -> None:
        """It is not enforced from now on."""
        raise NotImplementedError

    def add_to_graph(self) -> None:
        """Let its variables know of it."""
        raise NotImplementedError

    def remove_from_graph(self) -> None:
        """Let its variables forget it."""
        raise NotImplementedError

    def choose(self, mark: int) -> None:
        """Be satisfied, if an unmarked variable is held more weakly than this asks."""
        raise NotImplementedError

    def mark_inputs(self, mark: int) -> None:
        """Mark the variables that it reads."""

    def inputs_known(self, mark: int) -> bool:
        """Whether all that it reads is known."""
        return True

    def output(self) -> Variable:
        """The variable that it writes."""
        raise NotImplementedError

    def recalculate(self) -> None:
        """Compute its output's strength, and its value where that stays."""
        raise NotImplementedError

    def execute(self) -> None:
        """Enforce it."""


class Unary(Constraint):
    """On one variable."""

    def __init__(self, variable: Variable, strength: int) -> None:
        super().__init__(strength)
        self.variable = variable
        self.satisfied = False

    def is_satisfied(self) -> bool:
        """As it was chosen."""
        return self.satisfied

    def unsatisfy(self) -> None:
        """Not any more."""
        self.satisfied = False

    def add_to_graph(self) -> None:
        """Add."""
        self.variable.add(self)
        self.satisfied = False

    def remove_from_graph(self) -> None:
        """Remove."""
        self.variable.remove(self)
        self.satisfied = False

    def choose(self, mark: int) -> None:
        """There is one way only."""
        self.satisfied = self.variable.mark != mark and self.strength < self.variable.strength

    def output(self) -> Variable:
        """Its variable."""
        return self.variable

    def recalculate(self) -> None:
        """The variable is held as strongly as this is."""
        self.variable.strength = self.strength
        self.variable.stay = not self.is_input()
        if self.variable.stay:
            self.execute()


class Stay(Unary):
    """A variable shall keep its value."""


class Edit(Unary):
    """A variable is changed from outside."""

    def is_input(self) -> bool:
        """It is."""
        return True


class Binary(Constraint):
    """Between two variables, in either direction."""

    def __init__(self, first: Variable, second: Variable, strength: int) -> None:
        super().__init__(strength)
        self.first = first
        self.second = second
        self.direction: int | None = None

    def is_satisfied(self) -> bool:
        """Whether it has a direction."""
        return self.direction is not None

    def unsatisfy(self) -> None:
        """Without a direction."""
        self.direction = None

    def add_to_graph(self) -> None:
        """Add."""
        self.first.add(self)
        self.second.add(self)
        self.direction = None

    def remove_from_graph(self) -> None:
        """Remove."""
        self.first.remove(self)
        self.second.remove(self)
        self.direction = None

    def choose(self, mark: int) -> None:
        """Write the unmarked variable; of two unmarked ones that which is held more weakly."""
        first, second = self.first, self.second
        if first.mark == mark:
            self.direction = self._towards_second() if second.mark != mark else None
        elif second.mark == mark or first.strength > second.strength:
            self.direction = BACKWARD if self.strength < first.strength else None
        else:
            self.direction = self._towards_second()

    def _towards_second(self) -> int | None:
        return FORWARD if self.strength < self.second.strength else None

    def mark_inputs(self, mark: int) -> None:
        """The one that it reads."""
        self.input().mark = mark

    def inputs_known(self, mark: int) -> bool:
        """Whether the one that it reads is known."""
        return self.input().is_known(mark)

    def input(self) -> Variable:
        """The variable that it reads."""
        return self.first if self.direction == FORWARD else self.second

    def output(self) -> Variable:
        """The variable that it writes."""
        return self.second if self.direction == FORWARD else self.first

    def recalculate(self) -> None:
        """The output is held as strongly as the weaker of this and its input."""
        source, target = self.input(), self.output()
        target.strength = self.strength if self.strength > source.strength else source.strength
        target.stay = source.stay
        if target.stay:
            self.execute()


class Equality(Binary):
    """Both have the same value."""

    def execute(self) -> None:
        """Copy it."""
        self.output().value = self.input().value


class Scale(Binary):
    """The second is the first, times a scale, plus an offset."""

    def __init__(self, source: Variable, scale: Variable, offset: Variable, target: Variable, strength: int) -> None:
        super().__init__(source, target, strength)
        self.scale = scale
        self.offset = offset

    def add_to_graph(self) -> None:
        """Add it to the scale and the offset too."""
        super().add_to_graph()
        self.scale.add(self)
        self.offset.add(self)

    def remove_from_graph(self) -> None:
        """Remove it from the scale and the offset too."""
        super().remove_from_graph()
        self.scale.remove(self)
        self.offset.remove(self)

    def mark_inputs(self, mark: int) -> None:
        """All three."""
        super().mark_inputs(mark)
        self.scale.mark = mark
        self.offset.mark = mark

    def inputs_known(self, mark: int) -> bool:
        """All three."""
        return super().inputs_known(mark) and self.scale.is_known(mark) and self.offset.is_known(mark)

    def recalculate(self) -> None:
        """As above; it stays if all three inputs do."""
        source, target = self.input(), self.output()
        target.strength = self.strength if self.strength > source.strength else source.strength
        target.stay = source.stay and self.scale.stay and self.offset.stay
        if target.stay:
            self.execute()

    def execute(self) -> None:
        """Scale, or the reverse."""
        if self.direction == FORWARD:
            self.second.value = self.first.value * self.scale.value + self.offset.value
        else:
            self.first.value = (self.second.value - self.offset.value) // self.scale.value
