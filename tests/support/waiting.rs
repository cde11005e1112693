//! A console with mail on its way: writing it, looking at it, and leaving it to the spool.

use super::terminal::Terminal;

/// Writes a message where one is typed, sends it, and stands in the queue.
pub(crate) fn send(terminal: &Terminal, subject: &str) {
    terminal.press(&format!("alice@example.com\t{subject}\tHello.\x04"));
    terminal.wait_for("Compose › review");
    terminal.press("y");
    terminal.wait_for("2 QUEUE");
}

/// Goes from a console just started, where one waits, to the queue.
pub(crate) fn to_queue(terminal: &Terminal, subject: &str) {
    terminal.wait_for("2 Queue 1");
    terminal.press("\x1b");
    terminal.wait_for("? keys");
    terminal.press("2");
    terminal.wait_for(subject);
}

/// Leaves the console; what waits stays in the spool.
pub(crate) fn leave_it_waiting(terminal: &mut Terminal) {
    terminal.press("\x03");
    terminal.wait_for("the spool keeps");
    terminal.press("s");
    assert!(terminal.wait_for_end().success());
}
