//! File descriptors: how many the process may have, and how many of them connections may use.

use rustix::process::{Resource, getrlimit, setrlimit};

use crate::connections::Caps;

/// A server with fewer descriptors logs a warning, because it can hold only few connections.
const FEW: u64 = 4096;

/// Connections leave a quarter of the descriptors to everything else, within these bounds. Databases, files being
/// sent or received, other nodes and the log need descriptors, too.
const MIN_RESERVE: u64 = 64;
const MAX_RESERVE: u64 = 4096;

/// The most connections, however many descriptors there are. This bounds the memory that connections take.
const MAX_CONNECTIONS: u64 = 100_000;

/// The most connections of one address. Several people may share it, each with a socket and some requests.
const PER_ADDRESS: usize = 1000;

/// Raises the soft limit on descriptors to the hard limit. The soft limit is usually much lower at first.
pub fn raise() {
    let limits = getrlimit(Resource::Nofile);
    if limits.current != limits.maximum {
        let raised = rustix::process::Rlimit { current: limits.maximum, maximum: limits.maximum };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::debug!(%error, "descriptors stay as they are");
        }
    }
    let (descriptors, Caps { all, per_address }) = (allowed(), caps(allowed(), None));
    if descriptors < FEW {
        tracing::warn!(
            descriptors,
            connections = all,
            of_one_address = per_address,
            "few descriptors: raise the hard limit (ulimit -Hn) for more connections"
        );
    }
}

/// How many connections there may be. `per_address` is the administrator's setting and replaces the default.
pub fn connections(per_address: Option<usize>) -> Caps {
    caps(allowed(), per_address)
}

fn allowed() -> u64 {
    // `None` means unlimited.
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// By default one address may have a quarter of all connections, so that it takes several addresses to use them up.
fn caps(descriptors: u64, per_address: Option<usize>) -> Caps {
    let reserve = (descriptors / 4).clamp(MIN_RESERVE, MAX_RESERVE);
    let all = descriptors.saturating_sub(reserve).clamp(MIN_RESERVE, MAX_CONNECTIONS);
    let all = usize::try_from(all).unwrap_or(usize::MAX);
    Caps { all, per_address: per_address.map_or(PER_ADDRESS.min(all / 4), |most| most.min(all)) }
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
        #[case] setting: Option<usize>,
        #[case] all: usize,
        #[case] per_address: usize,
    ) {
        assert_eq!(caps(descriptors, setting), Caps { all, per_address });
    }
}
