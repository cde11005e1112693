//! The server that is meant by what stands in the field of the host: a provider's name, a mail domain, an address, a typing error.

use crate::mail::clean::Clean;
use crate::mail::server::Server;
use crate::mail::smarthost::Security;
use crate::mailer::probe::place::{Place, read};
use crate::mailer::probe::presets::{Presets, Unnamed};
use crate::tui::probe::Sought;

use super::form::{Form, Found};

/// The shortest name without a dot that is taken for a mistyped provider's: shorter ones are like too many others.
const SHORTEST: usize = 5;

impl Form {
    /// What stands in the field of the host, read anew, and the protection that was chosen.
    fn sought(&self) -> Result<Sought, String> {
        let chosen = self.security;
        let security = (chosen != Security::Auto).then_some(chosen);
        let place = read(self.host.text(), security).map_err(|error| error.to_string())?;
        Ok(Sought { place, security })
    }

    /// Takes what stands in the field of the host apart, and puts each part into its own field. Providers are known here; what
    /// may be a mail domain stays as it is until somebody asks.
    ///
    /// # Errors
    /// Why it is no host.
    pub(super) fn sort_out(&mut self) -> Result<(), String> {
        if self.host.is_blank() || self.is_settled() {
            return Ok(());
        }
        let Sought { mut place, .. } = self.sought()?;
        if self.has_port_of_another() && !place.target.server.contains(':') {
            take_usual_way(&mut place);
        }
        if place.is_open {
            // What cannot be a server is told now, and not behind a look at the name system.
            return place.target.server.parse::<Server>().map(|_| ());
        }
        self.take_place(&place)
    }

    fn is_settled(&self) -> bool {
        self.host.text().eq_ignore_ascii_case(&self.settled)
    }

    /// What the name system is to be asked about before it is known where to go.
    pub(super) fn open_name(&self) -> Option<Sought> {
        if self.host.is_blank() || self.is_settled() {
            return None;
        }
        let sought = self.sought().ok().filter(|sought| sought.place.is_open)?;
        // Whoever has written a port means the host.
        let names_host = !self.port.is_blank() && !self.has_port_of_another();
        (!names_host || sought.place.sender.is_some()).then_some(sought)
    }

    /// Whether the port is left from another host, and was not written for this one.
    fn has_port_of_another(&self) -> bool {
        let base = &self.base;
        let is_same = base.host.eq_ignore_ascii_case(&self.host_name());
        !base.host.is_empty() && !is_same && self.port.text().trim() == base.port.to_string()
    }

    /// Puts a place into the fields.
    ///
    /// # Errors
    /// Why it is no server.
    pub(super) fn take_place(&mut self, place: &Place) -> Result<(), String> {
        let target = &place.target;
        let server: Server = target.server.parse()?;
        self.written = Some(target.server.clone());
        if server.host != self.host.text() {
            self.host.set(&server.host);
        }
        self.settled = self.host.text().to_owned();
        if let Some(port) = server.port {
            self.port.set(&port.to_string());
        }
        if let Some(security) = target.security {
            self.security = security;
            if server.port.is_none() {
                self.port.set("");
            }
        }
        if let Some(user) = &target.user {
            self.user.set(user);
        }
        if let Some(sender) = &place.sender {
            self.from.set(sender.as_str());
        }
        self.found = place.how.clone().map(|how| Found {
            host: server.host,
            how,
            bars_login: place.bars_login,
        });
        Ok(())
    }

    /// How the server in the form was found, where it was not written so.
    fn found(&self) -> Option<&Found> {
        let here = self.host_name();
        self.found
            .as_ref()
            .filter(|found| found.host.eq_ignore_ascii_case(&here))
    }

    /// Whether no password may go to the server in the form: a name system that anybody may have answered for has named it.
    pub(super) fn is_barred(&self) -> bool {
        self.found().is_some_and(|found| found.bars_login)
    }

    /// The provider or its server that was probably meant.
    pub(super) fn near(&self) -> Option<String> {
        let name = self.host_name();
        let presets = Presets::standard();
        if name.contains('.') {
            return presets.near_host(&name).map(str::to_owned);
        }
        if name.len() < SHORTEST || self.is_settled() {
            return None;
        }
        match presets.named(&name) {
            Err(Unnamed::Unknown { near, .. }) => near,
            _ => None,
        }
    }

    /// Remarks below the fields: what has no field of its own, how the server was found, and what was probably meant.
    pub(super) fn remarks(&self, key: &str) -> Vec<String> {
        let mut all = Vec::new();
        let extras = self.extras();
        if !extras.is_empty() {
            all.push(format!("also  {extras}"));
        }
        if let Some(near) = self.near() {
            all.push(format!("did you mean {near}? {key} takes it"));
        } else if let Some(found) = self.found() {
            all.push(found.how.to_string());
        } else if let Some(sought) = self.open_name() {
            let name = Clean::new(&sought.place.target.server);
            all.push(format!(
                "a run looks up whether {name} is a mail domain, and where its server is"
            ));
        }
        all
    }
}

/// Goes to a provider's host as the provider wants it, where neither a port nor a protection was written for it.
fn take_usual_way(place: &mut Place) {
    let target = &mut place.target;
    let preset = Presets::standard().of_host(&target.server);
    let ways = preset.map(|preset| preset.proposals_at(&target.server));
    if let Some(way) = ways.and_then(|ways| ways.into_iter().next())
        && target.security.is_none()
    {
        place.how = Some(Clean::from(format!(
            "the usual way to {} is {} {}",
            way.preset.title,
            way.server(),
            way.security
        )));
        (target.server, target.security) = (way.server(), Some(way.security));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::clean::Clean;
    use crate::mailer::probe::target::Target;

    fn typed(text: &str) -> Form {
        let mut form = Form::default();
        form.host.set(text);
        form
    }

    #[test]
    fn urls_are_sorted_into_their_fields() {
        let mut form = typed("submission://me%40x.example@relay.example:26/x");
        form.sort_out().expect("a host");
        assert_eq!(
            (form.host.text(), form.port.text(), form.user.text()),
            ("relay.example", "26", "me@x.example")
        );
        assert_eq!(form.security, Security::StartTls);
        form.host.set("me:c4nary@relay.example");
        let words = form.sort_out().expect_err("a password");
        assert!(!words.contains("c4nary"), "{words}");
    }

    #[test]
    fn providers_fill_the_form_and_say_how() {
        for text in ["gmail", "gmail.com", "me@gmail.com"] {
            let mut form = typed(text);
            form.sort_out().expect("known");
            assert_eq!(
                (form.host.text(), form.port.text(), form.security),
                ("smtp.gmail.com", "465", Security::Tls),
                "{text}"
            );
            assert!(form.open_name().is_none() && !form.is_barred());
            assert!(form.remarks("")[0].contains("smtp.gmail.com:465"), "{text}");
            assert_eq!(form.user.text(), if text.contains('@') { text } else { "" });
        }
        // It is of that server alone.
        let mut form = typed("gmail");
        form.sort_out().expect("known");
        form.host.set("relay.example:25");
        assert!(form.remarks("").is_empty());
        assert!(typed("ses").sort_out().is_err(), "in which region?");
    }

    #[test]
    fn mail_domains_are_asked_about_and_hosts_are_not() {
        for (text, port, asks) in [
            ("example.org", "", true),
            ("me@example.org", "", true),
            ("example.org", "587", false),
            ("example.org:587", "", false),
            ("smtp://example.org", "", false),
            ("relay", "", false),
            ("smtp.gmail.com", "", false),
        ] {
            let mut form = typed(text);
            form.port.set(port);
            form.sort_out().expect("readable");
            assert_eq!(form.open_name().is_some(), asks, "{text} {port}");
        }
    }

    #[test]
    fn a_server_outside_of_the_domain_gets_no_login_until_somebody_writes_it() {
        let mut form = typed("me@example.org");
        let mut place = form.open_name().expect("open").place;
        place.target = Target {
            server: "mail.elsewhere.example:465".to_owned(),
            security: Some(Security::Tls),
            user: Some("me@example.org".to_owned()),
        };
        (place.bars_login, place.how) = (true, Some(Clean::new("by SRV")));
        form.take_place(&place).expect("a server");
        assert!(form.is_barred() && form.plan().is_ok());
        assert_eq!(form.remarks(""), ["by SRV"]);
        form.host.set("mail.elsewhere.example:465");
        form.sort_out().expect("a server");
        assert!(!form.is_barred() && form.plan().is_err());
    }

    #[test]
    fn typing_errors_are_noticed() {
        for (text, near) in [
            ("smtp.gmial.com", Some("smtp.gmail.com")),
            ("fastmial", Some("fastmail")),
            ("relay", None),
            ("smtp.gmail.com", None),
            ("gmail", None),
        ] {
            assert_eq!(typed(text).near().as_deref(), near, "{text}");
        }
    }
}
