//! What the operating system allows.

use super::diagnosis::Diagnosis;
use crate::config::Settings;
use crate::open_files;

/// Whether the process may have as many files open as its connections need.
pub(super) fn open_files(settings: &Settings) -> Diagnosis {
    let connections = settings.server.max_connections;
    judge(connections, open_files::most())
}

fn judge(connections: usize, most: Option<u64>) -> Diagnosis {
    let needed = open_files::needed_for(connections);
    match most {
        Some(most) if most < needed => Diagnosis::warning(
            "open files",
            format!(
                "the system allows {most}, and server.max_connections = {connections} may need \
                 {needed}"
            ),
            "raise the hard limit (`ulimit -Hn`, LimitNOFILE= of a systemd unit) or lower \
             server.max_connections",
        ),
        Some(most) => Diagnosis::ok("open files", format!("{most} allowed, {needed} needed")),
        None => Diagnosis::ok("open files", format!("any number allowed, {needed} needed")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::diagnosis::Verdict;
    use super::*;

    #[test]
    fn fewer_files_than_connections_need_are_warned_of() {
        assert_eq!(judge(8000, Some(16_499)).verdict, Verdict::Warning);
        assert_eq!(judge(8000, Some(16_500)).verdict, Verdict::Ok);
        assert_eq!(judge(8000, None).verdict, Verdict::Ok);
    }
}
