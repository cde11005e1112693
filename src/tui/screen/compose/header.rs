//! The one-line fields of a message, which of them are shown, and what is wrong in them.

use crate::mail::address::AddressError;
use crate::mail::draft::Draft;
use crate::mail::mailbox::Mailbox;
use crate::tui::effect::Field;
use crate::tui::widget::field::LineField;

/// From, To, Cc, Bcc, Reply-To and Subject.
#[derive(Debug, Default)]
pub(super) struct Header {
    lines: [LineField; 6],
    /// Optional fields that were asked for.
    asked: Vec<Field>,
    /// Found when a field was left.
    faults: Vec<(Field, AddressError)>,
}

const LINES: [Field; 6] = [
    Field::From,
    Field::To,
    Field::Cc,
    Field::Bcc,
    Field::ReplyTo,
    Field::Subject,
];

fn place(field: Field) -> Option<usize> {
    LINES.iter().position(|line| *line == field)
}

impl Header {
    pub(super) fn new(draft: &Draft) -> Self {
        let texts = [
            &draft.from,
            &draft.to,
            &draft.cc,
            &draft.bcc,
            &draft.reply_to,
            &draft.subject,
        ];
        Self {
            lines: texts.map(|text| LineField::new(text)),
            ..Self::default()
        }
    }

    /// Writes the fields into a draft.
    pub(super) fn fill(&self, draft: &mut Draft) {
        let into = [
            &mut draft.from,
            &mut draft.to,
            &mut draft.cc,
            &mut draft.bcc,
            &mut draft.reply_to,
            &mut draft.subject,
        ];
        for (into, line) in into.into_iter().zip(&self.lines) {
            line.text().clone_into(into);
        }
    }

    pub(super) fn line(&self, field: Field) -> Option<&LineField> {
        self.lines.get(place(field)?)
    }

    pub(super) fn line_mut(&mut self, field: Field) -> Option<&mut LineField> {
        self.lines.get_mut(place(field)?)
    }

    /// Shows an optional field from now on, also while it is empty.
    pub(super) fn ask_for(&mut self, field: Field) {
        if !self.asked.contains(&field) {
            self.asked.push(field);
        }
    }

    /// Whether a field is on the screen: Cc, Bcc and Reply-To only when used or asked for.
    pub(super) fn is_shown(&self, field: Field) -> bool {
        let optional = matches!(field, Field::Cc | Field::Bcc | Field::ReplyTo);
        !optional
            || self.asked.contains(&field)
            || self.line(field).is_some_and(|line| !line.is_blank())
    }

    /// Checks a field that was left. Only addresses can be wrong.
    pub(super) fn check(&mut self, field: Field) {
        self.forgive(field);
        let text = self.line(field).map_or("", LineField::text);
        let fault = match field {
            Field::From if !text.trim().is_empty() => text.parse::<Mailbox>().err(),
            Field::To | Field::Cc | Field::Bcc | Field::ReplyTo => Mailbox::parse_list(text).err(),
            _ => None,
        };
        if let Some(fault) = fault {
            self.faults.push((field, fault));
        }
    }

    /// Takes the mark off a field that is being changed.
    pub(super) fn forgive(&mut self, field: Field) {
        self.faults.retain(|(at, _)| *at != field);
    }

    /// What is wrong in a field.
    pub(super) fn fault(&self, field: Field) -> Option<&AddressError> {
        self.faults
            .iter()
            .find(|(at, _)| *at == field)
            .map(|(_, fault)| fault)
    }

    /// How many recipients are written, as far as they can be read.
    pub(super) fn recipients(&self) -> usize {
        [Field::To, Field::Cc, Field::Bcc]
            .into_iter()
            .filter_map(|field| self.line(field))
            .map(|line| Mailbox::parse_list(line.text()).map_or(0, |list| list.len()))
            .sum()
    }
}
