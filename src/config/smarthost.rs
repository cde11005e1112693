//! From an account's settings to its smart host, with what only several of them together can get wrong.

use super::settings::{Account, Smtp};
use crate::mail::reach::{Place, Reach};
use crate::mail::sasl::Sasl;
use crate::mail::smarthost::{ClientCertificate, Credentials, Secret, Security, SmartHost};

/// The key at fault, relative to the account, and what is wrong.
type Fault = (&'static [&'static str], String);

/// The settings that say where a password or a token comes from, of which there may be one.
pub(super) const SECRETS: [&str; 4] = [
    "password",
    "password_command",
    "password_file",
    "token_command",
];

/// The settings that lead elsewhere than to the server's own address, of which there may be one.
pub(super) const WAYS: [&str; 2] = ["connect_to", "connect_command"];

impl Account {
    /// The smart host; `None` where no server is set.
    ///
    /// # Errors
    /// The key at fault, relative to the account, and what is wrong: a user without a password, a password without a user,
    /// or half a client certificate.
    pub fn smart_host(&self) -> Result<Option<SmartHost>, Fault> {
        let smtp = &self.smtp;
        let Some(server) = &smtp.server else {
            return Ok(None);
        };
        if smtp.security.value == Security::None && !smtp.pin.0.is_empty() {
            let text =
                "there is no certificate to pin with security = \"none\"; leave one of the two out";
            return Err((&["smtp", "pin"], text.to_owned()));
        }
        let client_certificate = smtp.client_certificate()?;
        let mut host = SmartHost::new(server.value.clone(), smtp.security.value);
        // LMTP has no port of its own by any RFC; 24 is the one for private mail systems, and 25 is forbidden (RFC 2033 §5).
        if self.transport == "lmtp" && server.value.port.is_none() {
            host.port = 24;
        }
        let detour = match (&smtp.connect_to, &smtp.connect_command) {
            (Some(_), Some(_)) => {
                let text =
                    "connect_to and connect_command are two ways to the same server; leave one out";
                return Err((&["smtp", "connect_command"], text.to_owned()));
            }
            (Some(there), None) => Some(there.value.place(host.port)),
            (None, command) => command.clone().map(Place::Command),
        };
        let reach = Reach {
            family: smtp.family,
            source: smtp.source.as_ref().map(|source| source.value),
            detour,
            proxy: smtp.proxy_header.as_ref().map(|header| header.value),
            ..host.reach
        };
        Ok(Some(SmartHost {
            hello: smtp.hello.clone(),
            credentials: smtp.credentials()?,
            ca_files: smtp.ca_file.0.clone(),
            pins: smtp.pin.0.clone(),
            client_certificate,
            tls_name: smtp.tls_name.clone(),
            auth: smtp.auth,
            timeouts: smtp.timeout.0.clone(),
            count: smtp.count.0,
            bulk_window: smtp.bulk_window.0,
            reach,
            ..host
        }))
    }
}

impl Smtp {
    /// The settings that give a secret, by their keys.
    fn secrets(&self) -> impl Iterator<Item = (&'static [&'static str], Secret)> {
        let value = self.password.clone().map(Secret::Value);
        let command = self.password_command.clone().map(Secret::Command);
        let file = self.password_file.clone().map(Secret::File);
        let token = self.token_command.clone().map(Secret::Token);
        let keys: [&'static [&'static str]; 4] = [
            &["smtp", "password"],
            &["smtp", "password_command"],
            &["smtp", "password_file"],
            &["smtp", "token_command"],
        ];
        let all = keys.into_iter().zip([value, command, file, token]);
        all.filter_map(|(key, secret)| Some((key, secret?)))
    }

    /// Whether there is a user and nothing to log in with.
    pub(super) fn lacks_password(&self) -> bool {
        self.user.is_some() && !self.logs_in_by_certificate() && self.secrets().next().is_none()
    }

    fn logs_in_by_certificate(&self) -> bool {
        match self.auth {
            Some(sasl) => sasl == Sasl::External,
            None => self.client_cert.is_some() && self.secrets().next().is_none(),
        }
    }

    fn credentials(&self) -> Result<Option<Credentials>, Fault> {
        let mut secrets = self.secrets();
        let first = secrets.next();
        if let (Some((key, _)), true) = (&first, secrets.next().is_some()) {
            let all = SECRETS.join(", ");
            return Err((key, format!("more than one of {all} is set; keep one")));
        }
        if self.auth == Some(Sasl::External) {
            if self.client_cert.is_none() {
                let text = "external needs a client certificate; set client_cert";
                return Err((&["smtp", "auth"], text.to_owned()));
            }
            if let Some((key, _)) = first {
                let text = "auth = \"external\" logs in by the client certificate and uses no password; leave it out";
                return Err((key, text.to_owned()));
            }
        }
        match (&self.user, first) {
            (Some(user), Some((_, secret))) => Ok(Some(Credentials {
                user: user.clone(),
                secret,
            })),
            (None, Some((key, _))) => {
                Err((key, "there is a password but no user; set user".to_owned()))
            }
            (Some(user), None) if self.logs_in_by_certificate() => Ok(Some(Credentials {
                user: user.clone(),
                secret: Secret::Certificate,
            })),
            (None, None) if self.auth == Some(Sasl::External) => Ok(Some(Credentials {
                user: String::new(),
                secret: Secret::Certificate,
            })),
            (None, None) => Ok(None),
            (Some(_), None) => {
                let text = "there is a user but no password; set password_command, password_file or token_command, \
                            or TURBOMAIL_PASSWORD in the environment";
                Err((&["smtp", "user"], text.to_owned()))
            }
        }
    }

    fn client_certificate(&self) -> Result<Option<ClientCertificate>, Fault> {
        match (&self.client_cert, &self.client_key) {
            (Some(certificate), key) => Ok(Some(ClientCertificate {
                certificate: certificate.clone(),
                key: key.as_ref().unwrap_or(certificate).clone(),
            })),
            (None, Some(_)) => {
                let text = "there is a key but no certificate; set client_cert";
                Err((&["smtp", "client_key"], text.to_owned()))
            }
            (None, None) => Ok(None),
        }
    }
}
