//! What a message costs the processor: ours without and with a transcript, and a bare client's, in turns.

use std::process::{Command, Stdio};

use super::floor;
use super::ours::{Load, Took, send};
use super::server::Helper;

/// The word by which the program measures itself on one core.
pub(crate) const WORD: &str = "price";

/// The least of several turns: what disturbs a run only ever makes it dearer.
pub(crate) struct Price {
    pub(crate) bare: Took,
    pub(crate) full: Took,
    pub(crate) floor: Took,
}

/// Measures against a sink. In turns, so that what else the machine does meets all three.
pub(crate) fn of(port: u16, load: &Load) -> Price {
    let quiet = Load {
        transcript: false,
        ..*load
    };
    let turn = || Price {
        bare: send(port, &quiet),
        full: send(port, load),
        floor: floor::send(port, load),
    };
    let least = |one: Took, other: Took| Took {
        wall: one.wall.min(other.wall),
        cpu: one.cpu.min(other.cpu),
    };
    (0..6).fold(turn(), |best, _| {
        let now = turn();
        Price {
            bare: least(best.bare, now.bare),
            full: least(best.full, now.full),
            floor: least(best.floor, now.floor),
        }
    })
}

/// Measures in a process of its own that shares one core with its sink: µs a message without a transcript, with one, and of a
/// bare client. `None` where no process can be kept to one core here.
pub(crate) fn on_one_core(quick: bool) -> Option<[f64; 3]> {
    let program = std::env::current_exe().ok()?;
    let messages = if quick { "2000" } else { "5000" };
    let output = Command::new("taskset")
        .args(["-c", "0"])
        .arg(program)
        .args([WORD, messages])
        .stderr(Stdio::inherit())
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    let numbers: Vec<f64> = text
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect();
    numbers.try_into().ok()
}

/// Prints the three figures, for the process that asked.
pub(crate) fn print(messages: &str) {
    let load = Load::of(messages.parse().expect("a number"));
    let sink = Helper::sink("piped");
    let Price { bare, full, floor } = of(sink.port, &load);
    let [bare, full, floor] = [bare, full, floor].map(|took| took.cpu_micros(load.messages));
    println!("{bare} {full} {floor}");
}
