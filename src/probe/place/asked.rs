//! Where a name that may be a mail domain leads: the name system is asked.

use super::written::{Place, by_provider};
use crate::mail::clean::Clean;
use crate::mail::smarthost::Security;
use crate::probe::names::{Located, Missing, Mx, Resolver, Service, submission_server};
use crate::probe::presets::{Preset, Proposal};

impl Place {
    /// Asks the name system what is meant. Each question has a limit of its own; what cannot be learnt is said in
    /// [`how`](Place::how), and the name stays as it was written.
    #[must_use = "the place is in what comes back"]
    pub async fn settled(
        mut self,
        resolver: Result<Resolver, Missing>,
        security: Option<Security>,
    ) -> Self {
        self.is_open = false;
        let name = self.target.server.clone();
        let is_address = self.sender.is_some();
        let located = match resolver {
            Ok(resolver) => submission_server(&resolver, &name, is_address).await,
            Err(missing) => Located::Unknown(missing),
        };
        let shown = Clean::new(&name);
        let how = match located {
            Located::Host => return self.into_host(),
            Located::Service(service) => self.go_to_service(&name, &service),
            Located::Provider(preset, mx) => self.go_to_provider(&name, preset, &mx, security),
            Located::Denied => format!("{shown} says by SRV that it has no submission server"),
            Located::OnlyIncoming(mx) => format!(
                "{shown} is a mail domain that names no submission server; its incoming mail goes to {}, \
                 which is for receiving: port 25 there takes a login only seldom",
                mx.host
            ),
            Located::NoMail => format!("{shown} says that it takes no mail (null MX)"),
            Located::Unknown(missing) => {
                format!("whether {shown} is a mail domain could not be learnt: {missing}")
            }
        };
        self.how = Some(Clean::from(how));
        self
    }

    /// Goes to the server that the domain names; the words for how it was found.
    fn go_to_service(&mut self, name: &str, service: &Service) -> String {
        self.by = Some("srv");
        self.domain = Some(name.to_owned());
        self.target.server = format!("{}:{}", service.host, service.port);
        self.target.security = Some(service.security);
        if let Some(sender) = &self.sender {
            self.target.user = Some(sender.as_str().to_owned());
        }
        let mut words = service.words(name).to_string();
        if !service.is_trusted_by(name) {
            self.bars_login = true;
            words.push_str("; it lies outside the domain, so no login is tried there: write it as HOST:PORT for that");
        }
        words
    }

    /// Goes to the server of the provider that takes the domain's incoming mail; the words for how it was found.
    fn go_to_provider(
        &mut self,
        name: &str,
        preset: &'static Preset,
        mx: &Mx,
        security: Option<Security>,
    ) -> String {
        let shown = Clean::new(name);
        let words = |way: &Proposal| {
            format!(
                "{shown} is a mail domain; its incoming mail goes to {}, and the submission server of {} is {}",
                mx.host,
                preset.title,
                way.server()
            )
        };
        let mut ways = preset.proposals();
        if preset.choose {
            ways.clear();
        }
        let found = by_provider(std::mem::take(&mut self.target), &ways, security, words);
        (self.target, self.by) = (found.target, found.by.map(|_| "mx"));
        if let Some(sender) = &self.sender {
            self.target.user = preset.user_for(sender.as_str());
        }
        self.domain = Some(name.to_owned());
        match found.how {
            Some(how) => how.to_string(),
            None => format!("{shown} receives its mail at {}", preset.title),
        }
    }
}
