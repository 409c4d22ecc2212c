//! The figures of `growth` and `copies`, as text and as JSON.

use std::fmt;

use serde_json::{Value, json};

use crate::report::short;
use crate::run::Outcome;

/// The figures, in the order in which they are measured.
#[derive(Default)]
pub struct Report(Vec<Row>);

struct Row {
    name: String,
    value: f64,
    unit: &'static str,
    note: String,
}

impl Report {
    pub fn add(&mut self, name: String, value: f64, unit: &'static str, note: String) {
        println!("{}", Row { name: name.clone(), value, unit, note: note.clone() });
        self.0.push(Row { name, value, unit, note });
    }

    pub fn json(&self) -> Outcome<String> {
        let rows = self.0.iter();
        let rows = rows
            .map(|Row { name, value, unit, note }| json!({ "name": name, "value": value, "unit": unit, "note": note }));
        Ok(serde_json::to_string_pretty(&json!({ "figures": rows.collect::<Vec<Value>>() }))?)
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, value, unit, note } = self;
        write!(f, "{name:44} {:>9} {unit:14} {note}", short(*value))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|row| writeln!(f, "{row}"))
    }
}
