//! What is known of a provider, in words for people.

use super::preset::{Limits, Preset, Site, Way};
use crate::mail::smarthost::Security;

impl Way {
    /// Such as `port 465 with TLS`.
    #[must_use]
    pub fn words(self) -> String {
        let mode = match self.security {
            Security::Tls => "TLS",
            _ => "STARTTLS",
        };
        format!("port {} with {mode}", self.port)
    }
}

impl Site {
    /// Such as `us, United States`.
    #[must_use]
    pub fn place(&self) -> String {
        let words = [self.region.as_deref(), self.at.as_deref()];
        let words: Vec<&str> = words.into_iter().flatten().collect();
        words.join(", ")
    }
}

impl Limits {
    /// Such as `500 messages a day, 100 recipients a message`; empty where nothing is known.
    #[must_use]
    pub fn words(&self) -> String {
        let of = |count: Option<usize>, what: &str| count.map(|count| format!("{count} {what}"));
        let all = [
            of(self.day, "messages a day"),
            of(self.recipients, "recipients a message"),
            of(self.size_mb, "MB a message"),
            of(self.per_connection, "messages a connection"),
            of(self.connections, "connections at a time"),
        ];
        all.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

impl Preset {
    /// All that counts in a line: `Gmail and Google Workspace: port 465 with TLS, user = the full address, …`.
    #[must_use]
    pub fn advice(&self, host: &str) -> String {
        let host = host.trim_end_matches('.');
        let is = |site: &&Site| site.host.eq_ignore_ascii_case(host);
        let site = self.servers.iter().find(is).or(self.servers.first());
        let way = site.and_then(|site| self.ways(site).first());
        let mut words = vec![
            way.map(|way| way.words()).unwrap_or_default(),
            format!("user = {}", self.user_hint),
            format!("password = {}", self.password_hint),
        ];
        words.push(self.limits.words());
        words.retain(|word| !word.is_empty());
        format!("{}: {}", self.title, words.join("; "))
    }

    /// The login mechanisms, such as `plain, login`.
    #[must_use]
    pub fn logins(&self) -> String {
        let all = self.mechanisms.iter();
        let all: Vec<String> = all.map(|one| one.name().to_lowercase()).collect();
        all.join(", ")
    }

    /// What a client has to know for this host of the provider, each with its label; what is not known is left out.
    #[must_use]
    pub fn facts(&self, host: &str) -> Vec<(&'static str, String)> {
        let host = host.trim_end_matches('.');
        let is = |site: &&Site| site.host.eq_ignore_ascii_case(host);
        let site = self.servers.iter().find(is).or(self.servers.first());
        let ways = site.map_or(&[][..], |site| self.ways(site)).iter();
        let ways: Vec<String> = ways.map(|way| way.words()).collect();
        let mut facts = vec![
            ("ways", ways.join(", ")),
            ("user", self.user_hint.clone()),
            ("password", self.password_hint.clone()),
            ("login by", self.logins()),
            ("limits", self.limits.words()),
        ];
        facts.extend(self.notes.iter().map(|note| ("note", note.clone())));
        facts.retain(|(_, value)| !value.is_empty());
        facts
    }
}

#[cfg(test)]
mod tests {
    use crate::probe::presets::Presets;

    #[test]
    fn a_line_says_what_counts() {
        let gmail = Presets::standard().preset("gmail").expect("known");
        let line = gmail.advice("smtp.gmail.com");
        assert!(line.starts_with("Gmail and Google Workspace: port 465 with TLS; user = the full address; password = an app password"), "{line}");
        assert!(
            line.ends_with("500 messages a day, 100 recipients a message, 25 MB a message"),
            "{line}"
        );
    }
}
