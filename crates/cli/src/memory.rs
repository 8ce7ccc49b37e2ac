//! What is in memory stays there: no core dump and no other program of the same person takes keys, messages or passwords
//! out of it.

#[cfg(unix)]
use rustix::process::{Resource, Rlimit, setrlimit};

/// Whose memory it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    /// It has what its person can read.
    Client,
    /// It has session tokens and what OPAQUE needs, and is looked after by its operator, who may look into it.
    Server,
}

/// Leaves this process out of core dumps; where a kernel hands dumps to a program, that program sees the limit too. A
/// client cannot be attached to either. Nothing is lost where a system does not know how.
pub(crate) fn keep(holder: Holder) {
    #[cfg(unix)]
    {
        let none = Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        // To lower a limit is always allowed.
        let _ = setrlimit(Resource::Core, none);
    }
    #[cfg(target_os = "linux")]
    if holder == Holder::Client {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        // The call knows this value.
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = holder;
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::process::{DumpableBehavior, dumpable_behavior, getrlimit};

    use super::*;

    /// In one test, for it is one process.
    #[test]
    fn a_server_leaves_no_core_and_a_client_cannot_be_read_either() {
        let dumpable = || dumpable_behavior().ok();
        assert_eq!(dumpable(), Some(DumpableBehavior::Dumpable));
        keep(Holder::Server);
        let limit = getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
        assert_eq!(dumpable(), Some(DumpableBehavior::Dumpable));
        keep(Holder::Client);
        assert_eq!(dumpable(), Some(DumpableBehavior::NotDumpable));
    }
}
