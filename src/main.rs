//! The program: everything else is in the library. It joins the two faces, which do not know each other.

use std::process::ExitCode;

use turbomail::{cli, tui};

fn main() -> ExitCode {
    cli::main(cli::Console {
        check: tui::open::check,
        open: tui::open::open,
    })
}
