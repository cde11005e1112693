//! What a diagnosis wants to know of this machine, looked up where the system keeps it.

use std::path::Path;

/// Whether this program runs in a container, where `localhost` is the container itself: by the marks that the usual runtimes
/// leave. A runtime that leaves none is not noticed.
#[must_use]
pub fn is_container() -> bool {
    let marks = ["/.dockerenv", "/run/.containerenv"];
    marks.iter().any(|mark| Path::new(mark).exists())
        // systemd-nspawn, Podman and LXC name themselves to the first process.
        || std::env::var_os("container").is_some_and(|name| !name.is_empty())
        || std::fs::read_to_string("/proc/1/cgroup").is_ok_and(|groups| names_container(&groups))
}

/// Whether the control groups of the first process are a container's.
fn names_container(groups: &str) -> bool {
    let words = ["docker", "kubepods", "containerd", "libpod", "lxc"];
    groups.lines().any(|line| {
        let path = line.rsplit(':').next().unwrap_or_default();
        words.iter().any(|word| path.contains(word))
    })
}

#[cfg(test)]
mod tests {
    use super::names_container;

    #[test]
    fn control_groups_tell_containers_from_machines() {
        for groups in [
            "12:pids:/docker/0123456789ab\n0::/\n",
            "0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-ab.scope",
            "1:name=systemd:/lxc/box",
        ] {
            assert!(names_container(groups), "{groups}");
        }
        for groups in ["0::/init.scope\n", "", "0::/\n", "5:docker:/\n"] {
            assert!(!names_container(groups), "{groups}");
        }
    }
}
