"""DeltaBlue: constraints of several strengths between variables, satisfied step by step.

After Sannella, Maloney, Freeman-Benson and Borning, "Multi-way versus one-way constraints in user interfaces".
"""

from awfy.core import Benchmark, Vector, WrongResult
from awfy.deltablue_constraints import (
    DEFAULT,
    PREFERRED,
    REQUIRED,
    STRONG_DEFAULT,
    WEAKEST,
    Constraint,
    Edit,
    Equality,
    Scale,
    Stay,
    Unsatisfiable,
    Variable,
)


class Plan(Vector[Constraint]):
    """Constraints in the order in which they are to be enforced."""

    def execute(self) -> None:
        """Enforce them all."""
        self.for_each(lambda each: each.execute())


class Planner:
    """Keeps as many constraints satisfied as their strengths allow."""

    def __init__(self) -> None:
        self.mark = 1

    def new_mark(self) -> int:
        """A mark that nobody bears yet."""
        self.mark += 1
        return self.mark

    def add(self, constraint: Constraint) -> None:
        """Put a constraint into the graph and satisfy it, and what it displaces in turn."""
        constraint.add_to_graph()
        self.satisfy(constraint)

    def satisfy(self, constraint: Constraint) -> None:
        """Satisfy a constraint, then the weaker one that it displaced, and so on."""
        mark = self.new_mark()
        displaced = self.satisfied(constraint, mark)
        while displaced is not None:
            displaced = self.satisfied(displaced, mark)

    def satisfied(self, constraint: Constraint, mark: int) -> Constraint | None:
        """Satisfy one constraint if that can be; answer the one that it displaced."""
        constraint.choose(mark)
        if not constraint.is_satisfied():
            if constraint.strength == REQUIRED:
                raise Unsatisfiable
            return None
        constraint.mark_inputs(mark)
        output = constraint.output()
        displaced = output.determined_by
        if displaced is not None:
            displaced.unsatisfy()
        output.determined_by = constraint
        if not self.propagate(constraint, mark):
            raise Unsatisfiable
        output.mark = mark
        return displaced

    def propagate(self, constraint: Constraint, mark: int) -> bool:
        """Recompute what depends on the constraint; False, and the constraint is removed, where there is a cycle."""
        waiting: Vector[Constraint] = Vector.holding(constraint)
        while not waiting.is_empty():
            each = waiting.remove_first()
            assert each is not None, "not empty"
            if each.output().mark == mark:
                self.remove(constraint)
                return False
            each.recalculate()
            self.collect_consumers(each.output(), waiting)
        return True

    def remove(self, constraint: Constraint) -> None:
        """Take a satisfied constraint away, and satisfy what can be satisfied now."""
        output = constraint.output()
        constraint.unsatisfy()
        constraint.remove_from_graph()
        self.released_by(output).for_each(self.satisfy)

    def destroy(self, constraint: Constraint) -> None:
        """Take a constraint away, satisfied or not."""
        if constraint.is_satisfied():
            self.remove(constraint)
        constraint.remove_from_graph()

    def released_by(self, output: Variable) -> Vector[Constraint]:
        """Recompute what depended on ``output``; the unsatisfied constraints met on the way, the strongest first."""
        output.determined_by = None
        output.strength = WEAKEST
        output.stay = True
        unsatisfied: Vector[Constraint] = Vector()
        waiting = Vector.holding(output)
        while not waiting.is_empty():
            variable = waiting.remove_first()
            assert variable is not None, "not empty"
            variable.constraints.for_each(lambda each: None if each.is_satisfied() else unsatisfied.append(each))
            consumers: Vector[Constraint] = Vector()
            self.collect_consumers(variable, consumers)
            consumers.for_each(lambda each: self._recalculated(each, waiting))
        unsatisfied.sort(lambda one, other: one.strength < other.strength)
        return unsatisfied

    def _recalculated(self, constraint: Constraint, waiting: Vector[Variable]) -> None:
        constraint.recalculate()
        waiting.append(constraint.output())

    def collect_consumers(self, variable: Variable, found: Vector[Constraint]) -> None:
        """Add the satisfied constraints that read a variable."""
        determining = variable.determined_by

        def consider(each: Constraint) -> None:
            if each is not determining and each.is_satisfied():
                found.append(each)

        variable.constraints.for_each(consider)

    def plan(self, constraints: Vector[Constraint]) -> Plan:
        """A plan that starts with those of the constraints that are inputs."""
        sources: Vector[Constraint] = Vector()

        def consider(each: Constraint) -> None:
            if each.is_input() and each.is_satisfied():
                sources.append(each)

        constraints.for_each(consider)
        return self.plan_from(sources)

    def plan_from(self, waiting: Vector[Constraint]) -> Plan:
        """A plan of all that depends on satisfied sources, each behind its inputs."""
        mark = self.new_mark()
        plan = Plan()
        while not waiting.is_empty():
            each = waiting.remove_first()
            assert each is not None, "not empty"
            output = each.output()
            if output.mark != mark and each.inputs_known(mark):
                plan.append(each)
                output.mark = mark
                self.collect_consumers(output, waiting)
        return plan

    def change(self, variable: Variable, value: int) -> None:
        """Edit a variable ten times."""
        edit = Edit(variable, PREFERRED)
        self.add(edit)
        plan = self.plan(Vector.holding(edit))
        for _ in range(10):
            variable.value = value
            plan.execute()
        self.destroy(edit)


class DeltaBlue(Benchmark):
    """Two tests in a size."""

    def run(self, count: int) -> None:
        """A chain, then a projection, of ``count`` constraints; raise WrongResult."""
        self.chain(count)
        self.projection(count)

    def chain(self, count: int) -> None:
        """Equalities in a row: what is set at one end arrives at the other."""
        planner = Planner()
        variables = [Variable(0) for _ in range(count + 1)]
        for index in range(count):
            planner.add(Equality(variables[index], variables[index + 1], REQUIRED))
        planner.add(Stay(variables[count], STRONG_DEFAULT))
        edit = Edit(variables[0], PREFERRED)
        planner.add(edit)
        plan = planner.plan(Vector.holding(edit))
        for value in range(100):
            variables[0].value = value
            plan.execute()
            self.check(variables[count].value == value)
        planner.destroy(edit)

    def projection(self, count: int) -> None:
        """Many variables, each the scaled image of another, changed from each side."""
        planner = Planner()
        scale, offset = Variable(10), Variable(1000)
        targets: Vector[Variable] = Vector()
        source = target = Variable(0)
        for index in range(1, count + 1):
            source, target = Variable(index), Variable(index)
            targets.append(target)
            planner.add(Stay(source, DEFAULT))
            planner.add(Scale(source, scale, offset, target, REQUIRED))
        planner.change(source, 17)
        self.check(target.value == 1170)
        planner.change(target, 1050)
        self.check(source.value == 5)
        planner.change(scale, 5)
        self.check_images(targets, count, 1000)
        planner.change(offset, 2000)
        self.check_images(targets, count, 2000)

    def check_images(self, targets: Vector[Variable], count: int, offset: int) -> None:
        """Compare all but the last, which was set to something else."""
        for index in range(count - 1):
            target = targets.at(index)
            if target is None or target.value != (index + 1) * 5 + offset:
                raise WrongResult("a projection")
