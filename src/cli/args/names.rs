//! The flags of `turbomail probe` for names and providers.

use std::net::SocketAddr;

use clap::{Args, ValueHint};

use crate::config::NameServer;

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Names and providers")]
pub(in crate::cli) struct NameArgs {
    /// List the mail providers that are known, or print what is known of one; nobody is asked
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "", conflicts_with_all = ["host", "to", "from", "grid", "watch", "domain"])]
    pub(in crate::cli) providers: Option<String>,
    /// Print what the name system says about the sender's mail domain too, or about the one given with =: MX, SPF, DKIM, DMARC …; and behind a walk about this machine's address as the server sees it
    #[arg(long, value_name = "DOMAIN", num_args = 0..=1, require_equals = true, default_missing_value = "",
          value_parser = domain, conflicts_with_all = ["grid", "watch"], value_hint = ValueHint::Hostname)]
    pub(in crate::cli) domain: Option<String>,
    /// A selector to look for a DKIM key at; repeatable. Without one those that the provider usually gives
    #[arg(long, value_name = "NAME", requires = "domain", value_parser = selector)]
    pub(in crate::cli) dkim_selector: Vec<String>,
    /// Ask this DNS server for every name, in place of the system's or that of the settings
    #[arg(long, value_name = "ADDRESS[:PORT]", value_parser = resolver, value_hint = ValueHint::Hostname)]
    pub(in crate::cli) resolver: Option<SocketAddr>,
}

fn resolver(text: &str) -> Result<SocketAddr, String> {
    text.parse::<NameServer>().map(|server| server.0)
}

/// A domain, also as the part of an address behind its sign.
fn domain(text: &str) -> Result<String, String> {
    let name = text.rsplit('@').next().unwrap_or_default();
    let name = name.trim().trim_end_matches('.');
    let good = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    if text.is_empty() || (!name.is_empty() && name.len() <= 253 && name.chars().all(good)) {
        Ok(name.to_owned())
    } else {
        Err("expected a mail domain, such as example.org".to_owned())
    }
}

fn selector(text: &str) -> Result<String, String> {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if !text.is_empty() && text.len() <= 63 && text.chars().all(good) {
        Ok(text.to_owned())
    } else {
        Err("expected the name that stands before ._domainkey, such as s1".to_owned())
    }
}
