//! Several real server processes on one MongoDB and one NATS: what people get from them while engines and nodes are
//! stopped, paused and killed.

#![allow(clippy::expect_used, clippy::panic)]

mod churn;
mod crashes;
mod cross_node;
mod helper;
mod outages;
mod pauses;
mod people;
mod races;
mod starts;
mod thrown_out;
mod whispers;
