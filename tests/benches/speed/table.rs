//! The results as a table, with the goals and whether they are met.

/// The results so far.
#[derive(Default)]
pub(crate) struct Table {
    missed: usize,
    met: usize,
}

impl Table {
    /// Begins a benchmark.
    pub(crate) fn title(text: &str) {
        println!("\n{text}");
    }

    /// A figure without a goal.
    pub(crate) fn figure(name: &str, value: &str) {
        println!("  {name:<44} {value}");
    }

    /// A figure that should be at least so much.
    pub(crate) fn at_least(&mut self, name: &str, value: f64, goal: f64) {
        self.goal(name, value, goal, "≥", value >= goal);
    }

    /// A figure that should be at most so much.
    pub(crate) fn at_most(&mut self, name: &str, value: f64, goal: f64) {
        self.goal(name, value, goal, "≤", value <= goal);
    }

    fn goal(&mut self, name: &str, value: f64, goal: f64, sign: &str, met: bool) {
        let word = if met { "met" } else { "NOT MET" };
        println!("  {name:<44} {value:>9.2}   goal {sign} {goal:<7} {word}");
        if met {
            self.met += 1;
        } else {
            self.missed += 1;
        }
    }

    /// The sum.
    pub(crate) fn end(&self) {
        println!("\n{} goals met, {} not met", self.met, self.missed);
    }
}
