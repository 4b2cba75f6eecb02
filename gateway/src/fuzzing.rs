//! Opens parsers of what other hosts say to the fuzz targets in `tests/fuzz`, and to nothing else: the module exists only
//! under cargo-fuzz (`--cfg fuzzing`).

use crate::{reachability, reinject};

/// Reads the first reply of a next hop; gives how many octets it took, nothing if it is not whole, and no `Ok` if it is garbage.
///
/// # Errors
/// When this is no reply.
pub fn read_reply(input: &[u8]) -> Result<Option<usize>, ()> {
    reinject::fuzz_reply(input)
}

/// Reads an MTA-STS policy; says whether it covers a host.
pub fn policy_covers(policy: &[u8], host: &str) -> bool {
    reachability::fuzz_policy(policy, host)
}

/// Reads MTA-STS records; says whether they announce a policy.
pub fn announces_policy(records: &[Vec<u8>]) -> bool {
    reachability::fuzz_records(records)
}
