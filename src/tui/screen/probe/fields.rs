//! The fields of the form: their order, their labels and where they stand.

/// A field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Slot {
    /// The smart host.
    #[default]
    Host,
    /// Its port.
    Port,
    /// The protection.
    Security,
    /// The user for the login.
    User,
    /// Where the password comes from.
    Password,
    /// The login mechanism.
    Auth,
    /// The reverse path.
    From,
    /// The recipients.
    To,
    /// The last stage.
    Stop,
}

impl Slot {
    /// From the first to the last.
    pub(super) const ALL: [Self; 9] = [
        Self::Host,
        Self::Port,
        Self::Security,
        Self::User,
        Self::Password,
        Self::Auth,
        Self::From,
        Self::To,
        Self::Stop,
    ];

    /// The label beside it.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Host => "Host",
            Self::Port => "Port",
            Self::Security => "Security",
            Self::User => "User",
            Self::Password => "Password",
            Self::Auth => "Auth",
            Self::From => "From",
            Self::To => "To",
            Self::Stop => "Stop after",
        }
    }

    /// What belongs there, for the status line.
    pub(super) const fn meaning(self) -> &'static str {
        match self {
            Self::Host => "a host, a URL, a provider such as gmail, a mail domain or an address",
            Self::Port => "25, 465, 587, 2525; empty is the usual one",
            Self::Security => {
                "auto, starttls, tls from the first byte, or none; arrows or the first letter choose"
            }
            Self::User => "for the login; without a user there is none",
            Self::Password => "it is asked for here, never shown and never written to a file",
            Self::Auth => "the login mechanism; arrows or the first letter choose",
            Self::From => "the sender that the server is asked about; <> is nobody",
            Self::To => {
                "whom the server is asked about; nobody: it is not asked, and no message is sent either way"
            }
            Self::Stop => "where the walk is to end; arrows or the first letter choose",
        }
    }

    /// Whether one of a few words is chosen here, and nothing is typed.
    pub(super) const fn is_choice(self) -> bool {
        matches!(self, Self::Security | Self::Auth | Self::Stop)
    }

    /// The field behind this one, or before it, around the ends.
    pub(super) fn step(self, forward: bool) -> Self {
        let count = Self::ALL.len();
        let here = Self::ALL.iter().position(|slot| *slot == self);
        let by = if forward { 1 } else { count - 1 };
        let next = (here.unwrap_or(0) + by) % count;
        Self::ALL.get(next).copied().unwrap_or_default()
    }

    /// The rows of the form in a window of this width, each field with the share of the row that it takes.
    pub(super) const fn rows(columns: u16) -> &'static [&'static [(Self, u16)]] {
        match columns {
            76.. => &[
                &[(Self::Host, 50), (Self::Port, 20), (Self::Security, 30)],
                &[(Self::User, 40), (Self::Password, 30), (Self::Auth, 30)],
                &[(Self::From, 40), (Self::To, 30), (Self::Stop, 30)],
            ],
            36..76 => &[
                &[(Self::Host, 66), (Self::Port, 34)],
                &[(Self::Security, 50), (Self::Auth, 50)],
                &[(Self::User, 50), (Self::Password, 50)],
                &[(Self::From, 50), (Self::To, 50)],
                &[(Self::Stop, 100)],
            ],
            _ => &[
                &[(Self::Host, 100)],
                &[(Self::Port, 100)],
                &[(Self::Security, 100)],
                &[(Self::User, 100)],
                &[(Self::Password, 100)],
                &[(Self::Auth, 100)],
                &[(Self::From, 100)],
                &[(Self::To, 100)],
                &[(Self::Stop, 100)],
            ],
        }
    }
}
