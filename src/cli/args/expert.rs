//! The flags of `turbomail probe` for those who know what they want to say.

use clap::{Args, ValueEnum};

use crate::mail::stage::Stage;
use crate::mail::xclient::XClient;

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Experts")]
pub(in crate::cli) struct ExpertArgs {
    /// Cut the connection behind this stage, without QUIT; data needs --test-message
    #[arg(long, value_name = "STAGE", value_parser = stage, conflicts_with_all = ["grid", "stop_after"])]
    pub(in crate::cli) drop_after: Option<Stage>,
    /// Send a small test message to whoever is taken; delivered is only what the server says 2yz to behind the dot
    #[arg(long, conflicts_with_all = ["grid", "watch", "stop_after"])]
    pub(in crate::cli) test_message: bool,
    /// Ask on the terminal behind each stage whether to go on
    #[arg(long, conflicts_with_all = ["grid", "watch", "export", "json", "step"])]
    pub(in crate::cli) confirm: bool,
    /// Stay where the walk ends, and say what is typed or comes from standard input; .help tells more
    #[arg(long, conflicts_with_all = ["grid", "watch", "export", "json", "all_addresses", "drop_after"])]
    pub(in crate::cli) step: bool,
    /// Tell the server of another client by XCLIENT, where it offers that, such as 'NAME=mx.example ADDR=192.0.2.1'
    #[arg(long, value_name = "ATTRIBUTES", conflicts_with = "grid")]
    pub(in crate::cli) xclient: Option<XClient>,
    /// Print the walk as a command line of another program, and do nothing else
    #[arg(long = "as", value_name = "PROGRAM", value_enum, conflicts_with_all = ["grid", "watch", "export", "json", "step", "confirm"])]
    pub(in crate::cli) as_program: Option<Program>,
    /// Walk as this command line of swaks says; flags beside it count for more
    #[arg(long, value_name = "LINE", conflicts_with = "grid")]
    pub(in crate::cli) from_swaks: Option<String>,
}

/// Another program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Program {
    Swaks,
    Openssl,
    Curl,
}

fn stage(text: &str) -> Result<Stage, String> {
    let known =
        |stage: &Stage| (Stage::Connect..=Stage::Data).contains(stage) && stage.name() == text;
    Stage::ALL.into_iter().find(known).ok_or_else(|| {
        "expected connect, greeting, hello, starttls, tls, auth, mail, rcpt or data".to_owned()
    })
}
