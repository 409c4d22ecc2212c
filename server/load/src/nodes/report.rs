//! The figures of two nodes, as a table and as JSON. They have no goals, because the original was one process.

use std::fmt;

use serde_json::{Value, json};

use super::cluster::Cpu;
use crate::report::{Times, short};
use crate::run::Outcome;

#[derive(Default)]
pub struct Report {
    /// The versions of MongoDB and NATS, and who started them.
    pub engines: Value,
    rows: Vec<Row>,
}

/// One figure of the table.
pub struct Row {
    name: String,
    value: Option<(f64, &'static str)>,
    /// The cost of one of the things that the row counts.
    cpu: Option<Cpu>,
    times: Option<Times>,
    note: String,
}

impl Row {
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), value: None, cpu: None, times: None, note: String::new() }
    }

    pub fn value(mut self, value: f64, unit: &'static str) -> Self {
        self.value = Some((value, unit));
        self
    }

    /// Sets the cost of one of `count` things that cost `cpu` together.
    pub fn cpu(mut self, cpu: Cpu, count: f64) -> Self {
        self.cpu = Some(cpu / count);
        self
    }

    pub fn times(mut self, times: Times) -> Self {
        self.times = Some(times);
        self
    }

    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    fn json(&self) -> Value {
        let Self { name, value, cpu, times, note } = self;
        let percentile = |percent| times.as_ref().map(|times| times.percentile_ms(percent));
        json!({
            "name": name, "value": value.map(|(value, _)| value), "unit": value.map(|(_, unit)| unit),
            "cpu_us": cpu.map(Cpu::json), "p50_ms": percentile(50), "p99_ms": percentile(99), "note": note,
        })
    }
}

impl Report {
    pub fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    pub fn json(&self) -> Outcome<String> {
        let rows: Vec<Value> = self.rows.iter().map(Row::json).collect();
        let cores = std::thread::available_parallelism()?.get();
        let whole = json!({ "cores": cores, "nodes": 2, "engines": self.engines, "figures": rows });
        Ok(serde_json::to_string_pretty(&whole)?)
    }

    fn describe_engines(&self) -> String {
        let text = |name: &str| self.engines[name].as_str().unwrap_or("?");
        let is = |name: &str| self.engines[name].as_bool().unwrap_or_default();
        let mongodb = match is("mongodb_is_stand_in") {
            true => format!(
                "NOT MongoDB but its stand-in (which plays {}): a Java server in memory, where durable costs nothing",
                text("mongodb")
            ),
            false => format!("MongoDB {}", text("mongodb")),
        };
        format!("Two nodes on one machine. {mongodb}. NATS {}.", text("nats"))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.describe_engines())?;
        write!(f, "{:46} {:>9} {:12} {:>26}", "", "", "", "µs of CPU for one: nodes")?;
        write!(f, " {:>9} {:>9}", "MongoDB", "NATS")?;
        for Row { name, value, cpu, times, note } in &self.rows {
            let (value, unit) = value.map_or((String::new(), ""), |(value, unit)| (short(value), unit));
            write!(f, "\n{name:46} {value:>9} {unit:12}")?;
            if let Some(cpu) = cpu {
                let micros = |seconds: Option<f64>| seconds.map_or("unknown".to_owned(), |it| short(it * 1e6));
                write!(f, " {:>26} {:>9} {:>9}", micros(Some(cpu.nodes)), micros(cpu.mongodb), micros(cpu.nats))?;
            }
            if let Some(times) = times {
                write!(f, "  {times}")?;
            }
            if !note.is_empty() {
                write!(f, "  {note}")?;
            }
        }
        Ok(())
    }
}
