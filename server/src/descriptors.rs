//! Open descriptors: how many the process may have, and how many of them connections get.

use rustix::process::{Resource, getrlimit, setrlimit};

use crate::connections::Caps;

/// With fewer, a house is small.
const LITTLE: u64 = 4096;

/// What connections leave to the rest: a quarter, within these bounds. Databases, files that are sent or come in, other
/// nodes and the log need descriptors too.
const LEAST_RESERVE: u64 = 64;
const MOST_RESERVE: u64 = 4096;

/// However many descriptors there are: what connections hold in memory has a bound.
const MOST_CONNECTIONS: u64 = 100_000;

/// Connections of one address: people behind it, each with a socket and some requests.
const PER_ADDRESS: usize = 1000;

/// Takes all the descriptors that the process may have: what it has at first is usually a small part of them.
pub fn raise() {
    let limits = getrlimit(Resource::Nofile);
    if limits.current != limits.maximum {
        let raised = rustix::process::Rlimit { current: limits.maximum, maximum: limits.maximum };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::debug!(%error, "descriptors stay as they are");
        }
    }
    let (descriptors, Caps { all, per_address }) = (allowed(), caps(allowed(), None));
    if descriptors < LITTLE {
        tracing::warn!(
            descriptors,
            connections = all,
            of_one_address = per_address,
            "few descriptors: raise the hard limit (ulimit -Hn) for more connections"
        );
    }
}

/// How many connections there may be. `of_one_address`: as the host says, in place of what is usual.
pub fn connections(of_one_address: Option<usize>) -> Caps {
    caps(allowed(), of_one_address)
}

fn allowed() -> u64 {
    // No limit is none.
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// One address gets a quarter at most, unless the host says otherwise, so that it takes several to fill a house.
fn caps(descriptors: u64, of_one_address: Option<usize>) -> Caps {
    let reserve = (descriptors / 4).clamp(LEAST_RESERVE, MOST_RESERVE);
    let all = descriptors.saturating_sub(reserve).clamp(LEAST_RESERVE, MOST_CONNECTIONS);
    let all = usize::try_from(all).unwrap_or(usize::MAX);
    Caps { all, per_address: of_one_address.map_or(PER_ADDRESS.min(all / 4), |most| most.min(all)) }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::hardly_any(32, None, 64, 16)]
    #[case::few(256, None, 192, 48)]
    #[case::the_usual(1024, None, 768, 192)]
    #[case::many(20_000, None, 15_904, 1000)]
    #[case::without_end(u64::MAX, None, 100_000, 1000)]
    #[case::as_the_host_says(20_000, Some(5000), 15_904, 5000)]
    #[case::as_far_as_there_are(1024, Some(5000), 768, 768)]
    fn caps_leave_room(
        #[case] descriptors: u64,
        #[case] said: Option<usize>,
        #[case] all: usize,
        #[case] per_address: usize,
    ) {
        assert_eq!(caps(descriptors, said), Caps { all, per_address });
    }
}
