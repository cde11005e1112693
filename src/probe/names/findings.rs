//! What is worth doing about a domain's records. None of it keeps the smart host from taking mail; all of it decides what becomes
//! of the mail behind it.

use super::dmarc::DmarcPolicy;
use super::domain::{Domain, SpfState};
use super::resolver::Missing;
use super::spf::{All, MOST};
use crate::mail::clean::Clean;
use crate::mail::diagnosis::{Finding, Owner, Retry, Severity};

/// A key with fewer bits is not looked at by those who check (RFC 8301 §3.2).
const SHORT: usize = 1024;

/// What is said of one record.
pub(super) struct Said<'a> {
    pub(super) id: &'a str,
    pub(super) severity: Severity,
    pub(super) title: &'a str,
    pub(super) explanation: String,
    pub(super) advice: &'a [&'a str],
    pub(super) evidence: String,
}

/// Something that wants a look.
fn warning<'a>(
    id: &'a str,
    title: &'a str,
    explanation: &str,
    advice: &'a [&'a str],
    evidence: String,
) -> Said<'a> {
    Said {
        id,
        severity: Severity::Warning,
        title,
        explanation: explanation.to_owned(),
        advice,
        evidence,
    }
}

impl From<Said<'_>> for Finding {
    fn from(said: Said<'_>) -> Self {
        Self {
            id: said.id.to_owned(),
            severity: said.severity,
            title: Clean::new(said.title),
            explanation: Clean::from(said.explanation),
            advice: said.advice.iter().map(|one| Clean::new(one)).collect(),
            evidence: Clean::from(said.evidence),
            retry: Retry::No,
            owner: Owner::You,
            recipients: Vec::new(),
        }
    }
}

impl Domain {
    /// What is worth doing, warnings first. Nothing where all is well.
    ///
    /// The ids are not those of the knowledge base, which explains failures: `dns.domain_unknown`, `dns.unanswered`,
    /// `dns.no_incoming`; `dns.spf_missing`, `dns.spf_twice`, `dns.spf_fault`, `dns.spf_open`, `dns.spf_lookups`,
    /// `dns.spf_include_broken`, `dns.spf_without_provider`; `dns.dkim_missing`, `dns.dkim_revoked`, `dns.dkim_short`;
    /// `dns.dmarc_missing`, `dns.dmarc_twice`, `dns.dmarc_fault`, `dns.dmarc_unmet`. They never change.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let name = &self.name;
        if self.is_unknown() {
            return vec![
                Said {
                    id: "dns.domain_unknown",
                    severity: Severity::Warning,
                    title: "There is no domain of this name",
                    explanation: format!("The name system knows no {name}. Servers that check the sender refuse mail from it, and no reply comes back."),
                    advice: &["Compare the domain letter by letter.", "If it was registered only now, wait until the name servers know it."],
                    evidence: format!("{name}: {}", Missing::NoName),
                }
                .into(),
            ];
        }
        let mut all = Vec::new();
        self.unanswered(&mut all);
        match &self.spf.0 {
            Ok(state) => self.spf_findings(state, &mut all),
            Err(missing) if missing.is_certain() => all.push(self.no_spf()),
            Err(_) => {}
        }
        self.keys(&mut all);
        self.policy(&mut all);
        self.incoming(&mut all);
        let mut all: Vec<Finding> = all.into_iter().map(Finding::from).collect();
        all.sort_by_key(|one| one.severity);
        all
    }

    /// Whether nothing at all is known of the name.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.mx.0 == Err(Missing::NoName) && self.addresses.0 == Err(Missing::NoName)
    }

    /// The first question that nobody answered.
    #[must_use]
    pub fn unanswered_by(&self) -> Option<&Missing> {
        let all = [
            self.mx.0.as_ref().err(),
            self.spf.0.as_ref().err(),
            self.dmarc.0.as_ref().err(),
            self.addresses.0.as_ref().err(),
            self.submission.0.as_ref().err(),
        ];
        let mut all = all.into_iter().flatten();
        all.find(|missing| !missing.is_certain())
    }

    fn unanswered(&self, all: &mut Vec<Said<'_>>) {
        if let Some(missing) = self.unanswered_by() {
            all.push(Said {
                id: "dns.unanswered",
                severity: Severity::Info,
                title: "Not every question about the domain was answered",
                explanation: "What is told here is not all there is: the resolver did not answer, or what stands behind it failed.".to_owned(),
                advice: &["Try again in a minute.", "Ask another resolver: --resolver ADDRESS."],
                evidence: missing.to_string(),
            });
        }
    }

    fn no_spf(&self) -> Said<'_> {
        Said {
            id: "dns.spf_missing",
            severity: Severity::Warning,
            title: "The domain has no SPF record",
            explanation: format!(
                "Nothing says which servers may send for {}. Large receivers refuse such mail or take it for spam.",
                self.name
            ),
            advice: match self.smart_host {
                Some(preset) if !preset.spf.is_empty() => &[
                    "Add a text record (TXT) that begins with v=spf1, has the provider's include, and ends in ~all.",
                ],
                _ => &[
                    "Add a text record (TXT) such as v=spf1 mx ip4:192.0.2.1 ~all, with the smart host's own address.",
                ],
            },
            evidence: match self.smart_host.and_then(|preset| preset.spf.first()) {
                Some(include) => format!(
                    "no v=spf1 at {}; the provider's part is include:{include}",
                    self.name
                ),
                None => format!("no v=spf1 at {}", self.name),
            },
        }
    }

    fn spf_findings<'a>(&'a self, state: &'a SpfState, all: &mut Vec<Said<'a>>) {
        let spf = &state.spf;
        let mut warn = |id, title, explanation: &str, advice, evidence: String| {
            all.push(warning(id, title, explanation, advice, evidence));
        };
        if state.records > 1 {
            warn(
                "dns.spf_twice",
                "The domain has more than one SPF record",
                "With two records none counts: every check ends with an error.",
                &["Put all into one record and take the others away."],
                format!("{} records begin with v=spf1", state.records),
            );
        }
        if let Some(first) = spf.faults.first() {
            warn(
                "dns.spf_fault",
                "The SPF record has a term that cannot be read",
                "A check ends with an error at a term that it does not know, and then nobody counts as allowed.",
                &[
                    "Correct the term.",
                    "A network is written ip4:192.0.2.0/24, with ip4 and no v.",
                ],
                first.to_string(),
            );
        }
        spf_costs(state, all);
        if state.lookups.all == Some(All::Pass) {
            all.push(Said {
                id: "dns.spf_open",
                severity: Severity::Warning,
                title: "The SPF record lets everybody send",
                explanation: "It ends in +all: every server in the world may use the domain. Spammers look for such records.".to_owned(),
                advice: &["Let it end in ~all, or in -all once every server is named."],
                evidence: spf.record.to_string(),
            });
        } else {
            self.without_provider(state, all);
        }
    }

    /// Whether the record names the provider that the mail is handed in to.
    fn without_provider<'a>(&'a self, state: &'a SpfState, all: &mut Vec<Said<'a>>) {
        let Some(preset) = self.smart_host.filter(|preset| !preset.spf.is_empty()) else {
            return;
        };
        let lookups = &state.lookups;
        let named = |one: &String| lookups.domains.contains(one) || *one == self.name.as_str();
        if preset.spf.iter().any(named) || lookups.is_partial || lookups.are_too_many() {
            return;
        }
        let include = preset.spf.first().map(String::as_str).unwrap_or_default();
        all.push(Said {
            id: "dns.spf_without_provider",
            severity: if state.spf.all == Some(All::Fail) {
                Severity::Warning
            } else {
                Severity::Info
            },
            title: "The SPF record does not name the provider",
            explanation: format!("Mail goes out through {}, and no include in the record of {} leads there. Where the provider uses a reverse path of its own that is right; else receivers see a server that is not allowed.", preset.title, self.name),
            advice: &["Add the include that the provider's pages name, unless they say that none is needed."],
            evidence: format!("no include:{include} in {}", state.spf.record),
        });
    }

    fn keys<'a>(&'a self, all: &mut Vec<Said<'a>>) {
        for key in &self.dkim {
            let (id, title, explanation, advice): (_, _, &str, &[&str]) = match key.bits {
                _ if key.is_revoked => (
                    "dns.dkim_revoked",
                    "A key for signatures was taken back",
                    "The record is there and has no key in it, so that signatures by this selector count for nothing.",
                    &["If mail is still signed by this selector, put the key back."],
                ),
                Some(bits) if bits < SHORT => (
                    "dns.dkim_short",
                    "A key for signatures is too short",
                    "Receivers do not look at signatures by RSA keys of less than 1024 bits, and 2048 are usual.",
                    &["Make a key of 2048 bits, under a new selector."],
                ),
                _ => continue,
            };
            all.push(Said {
                id,
                severity: Severity::Warning,
                title,
                explanation: explanation.to_owned(),
                advice,
                evidence: format!("selector {} of {}", key.selector, self.name),
            });
        }
        if self.dkim.is_empty() && !self.dkim_tried.is_empty() {
            let tried: Vec<&str> = self.dkim_tried.iter().map(Clean::as_str).collect();
            all.push(Said {
                id: "dns.dkim_missing",
                severity: Severity::Info,
                title: "No key for signatures was found",
                explanation: "A key can be found only by its selector, and at none of those that were tried is one. There may be others.".to_owned(),
                advice: &["Give the selector that the provider shows: --dkim-selector NAME.", "If signing is not set up yet, do so: large receivers want it."],
                evidence: format!("tried {}", tried.join(", ")),
            });
        }
    }

    fn policy<'a>(&'a self, all: &mut Vec<Said<'a>>) {
        let mut say = |id, severity, title, explanation: &str, advice, evidence: String| {
            all.push(Said {
                id,
                severity,
                title,
                explanation: explanation.to_owned(),
                advice,
                evidence,
            });
        };
        match &self.dmarc.0 {
            Ok(dmarc) if dmarc.records > 1 => say(
                "dns.dmarc_twice",
                Severity::Warning,
                "The domain has more than one DMARC record",
                "With two records none counts, as if there were no policy.",
                &["Keep one record."],
                format!("{} records at {}", dmarc.records, dmarc.at),
            ),
            Ok(dmarc) if dmarc.policy.is_none() => say(
                "dns.dmarc_fault",
                Severity::Warning,
                "The DMARC record asks for nothing that is known",
                "The tag p is missing or has another value than none, quarantine and reject.",
                &["Set p=none, p=quarantine or p=reject."],
                dmarc.record.to_string(),
            ),
            Ok(dmarc)
                if dmarc.policy != Some(DmarcPolicy::None)
                    && self.dkim.is_empty()
                    && matches!(&self.spf.0, Err(missing) if missing.is_certain()) =>
            {
                say(
                    "dns.dmarc_unmet",
                    Severity::Warning,
                    "The domain asks for a proof that it does not give",
                    "Its DMARC policy asks others to refuse or set aside mail without SPF or DKIM of its own, and neither was found.",
                    &[
                        "Add an SPF record that names the smart host.",
                        "Set up signatures, or name their selector: --dkim-selector NAME.",
                    ],
                    dmarc.record.to_string(),
                );
            }
            Err(missing) if missing.is_certain() => say(
                "dns.dmarc_missing",
                Severity::Info,
                "The domain has no DMARC record",
                "Nothing says what is to be done with mail that only pretends to be from here. Large receivers want a record from whoever sends a lot.",
                &["Begin with a text record v=DMARC1; p=none at _dmarc below the domain."],
                format!("no v=DMARC1 at _dmarc.{}", self.name),
            ),
            Ok(_) | Err(_) => {}
        }
    }

    fn incoming<'a>(&'a self, all: &mut Vec<Said<'a>>) {
        let (title, evidence) = match (&self.mx.0, &self.addresses.0) {
            (Ok(mx), _) if mx.iter().all(|one| one.host.is_empty()) => (
                "The domain says that it takes no mail",
                format!(
                    "MX {} . at {}",
                    mx.first().map_or(0, |one| one.preference),
                    self.name
                ),
            ),
            (Err(mx), Err(address)) if mx.is_certain() && address.is_certain() => (
                "The domain has no server for incoming mail",
                format!("neither MX nor an address at {}", self.name),
            ),
            _ => return,
        };
        all.push(Said {
            id: "dns.no_incoming",
            severity: Severity::Warning,
            title,
            explanation: "Replies and reports about failed mail cannot reach a sender here, and some receivers refuse mail that cannot be answered.".to_owned(),
            advice: &["Use a sender in a domain that takes mail.", "Or add an MX record."],
            evidence,
        });
    }
}

/// What the lookups that a check needs come to.
fn spf_costs<'a>(state: &'a SpfState, all: &mut Vec<Said<'a>>) {
    let mut warn = |id, title, explanation: &str, advice, evidence: String| {
        all.push(warning(id, title, explanation, advice, evidence));
    };
    if state.lookups.are_too_many() {
        warn(
            "dns.spf_lookups",
            "The SPF record needs too many lookups",
            "A check may make ten lookups, those behind includes counted. With more it ends with an error.",
            &[
                "Take out includes of services that send no more.",
                "Replace includes of small services by their ip4: and ip6: networks.",
            ],
            format!("more than {MOST} lookups: {}", state.spf.record),
        );
    }
    if let Some(broken) = state.lookups.broken.first() {
        warn(
            "dns.spf_include_broken",
            "The SPF record includes a domain without a record",
            "An include that leads to no SPF record makes the whole check end with an error.",
            &["Correct the name, or take the include out."],
            format!("no SPF record at {broken}"),
        );
    }
}
