//! How many files and connections this process may have open.

/// As many as the system allows this process at all: what is usual is meant for programs with a handful.
pub(crate) fn raise() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limit = getrlimit(Resource::Nofile);
        let raised = Rlimit {
            current: limit.maximum,
            maximum: limit.maximum,
        };
        // Up to the maximum is always allowed; where it is not, the server begins with what it has.
        let _ = setrlimit(Resource::Nofile, raised);
    }
}
