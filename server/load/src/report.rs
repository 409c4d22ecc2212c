//! The figures beside those of the original and the required ones, as a table and as JSON.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use crate::run::Outcome;

/// What a figure is compared with: the original's figure, measured on two cores, and the one required of gifchat.
#[derive(Clone, Copy)]
pub enum Goal {
    AtLeast { original: Option<f64>, required: f64 },
    AtMost { original: f64, required: f64 },
    Below { original: Option<f64>, required: f64 },
}

impl Goal {
    fn is_met(self, value: f64) -> bool {
        match self {
            Goal::AtLeast { required, .. } => value >= required,
            Goal::AtMost { required, .. } => value <= required,
            Goal::Below { required, .. } => value < required,
        }
    }

    fn original(self) -> Option<f64> {
        match self {
            Goal::AtLeast { original, .. } | Goal::Below { original, .. } => original,
            Goal::AtMost { original, .. } => Some(original),
        }
    }

    fn required(self) -> (&'static str, f64) {
        match self {
            Goal::AtLeast { required, .. } => ("≥", required),
            Goal::AtMost { required, .. } => ("≤", required),
            Goal::Below { required, .. } => ("<", required),
        }
    }
}

struct Figure {
    name: &'static str,
    value: f64,
    unit: &'static str,
    goal: Goal,
    note: String,
}

#[derive(Default)]
pub struct Report(Vec<Figure>);

impl Report {
    pub fn add(&mut self, name: &'static str, value: f64, unit: &'static str, goal: Goal) {
        self.0.push(Figure { name, value, unit, goal, note: String::new() });
    }

    /// Adds details to a figure.
    pub fn note(&mut self, name: &str, note: String) {
        if let Some(figure) = self.0.iter_mut().find(|figure| figure.name == name) {
            figure.note = note;
        }
    }

    pub fn all_met(&self) -> bool {
        self.0.iter().all(|figure| figure.goal.is_met(figure.value))
    }

    pub fn json(&self) -> Outcome<String> {
        let figures: Vec<Value> = self
            .0
            .iter()
            .map(|Figure { name, value, unit, goal, note }| {
                let (relation, required) = goal.required();
                json!({
                    "name": name, "value": value, "unit": unit, "original": goal.original(),
                    "relation": relation, "required": required, "met": goal.is_met(*value), "note": note,
                })
            })
            .collect();
        let cores = std::thread::available_parallelism()?.get();
        Ok(serde_json::to_string_pretty(&json!({ "cores": cores, "figures": figures }))?)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:24} {:>9} {:14} {:>9} {:>10}", "", "gifchat", "", "original", "required")?;
        for Figure { name, value, unit, goal, note } in &self.0 {
            let original = goal.original().map(short).unwrap_or_default();
            let (relation, required) = goal.required();
            let required = format!("{relation} {}", short(required));
            let met = if goal.is_met(*value) { "met" } else { "MISSED" };
            write!(f, "\n{name:24} {:>9} {unit:14} {original:>9} {required:>10}  {met:6}  {note}", short(*value))?;
        }
        Ok(())
    }
}

pub fn short(value: f64) -> String {
    if value < 1000.0 { format!("{value:.1}") } else { format!("{value:.0}") }
}

/// The durations of many operations of one kind.
#[derive(Default)]
pub struct Times(Vec<Duration>);

impl Times {
    pub fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    pub fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn percentile_ms(&self, percent: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
        sorted.get(at).map_or(0.0, |time| time.as_secs_f64() * 1e3)
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p50 {:.2} ms, p99 {:.2} ms", self.percentile_ms(50), self.percentile_ms(99))
    }
}
