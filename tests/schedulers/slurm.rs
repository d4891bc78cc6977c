//! A real slurmctld and slurmd, with a munged of their own.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::{has, schedule, text};

/// A cluster of this machine alone.
struct Cluster {
    folder: tempfile::TempDir,
    daemons: Vec<Child>,
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Cluster {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().display().to_string();
        let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
        let name = name.trim().split('.').next().unwrap();
        std::fs::create_dir(folder.path().join("state")).unwrap();
        std::fs::create_dir(folder.path().join("spool")).unwrap();
        let (controller, node) = (free_port(), free_port());
        let config = format!(
            "ClusterName=test\nSlurmctldHost={name}(127.0.0.1)\nSlurmUser=root\nSlurmdUser=root\n\
             AuthType=auth/munge\nCredType=cred/munge\n\
             AuthInfo=socket={at}/munge.sock,cred_expire=3\n\
             StateSaveLocation={at}/state\nSlurmdSpoolDir={at}/spool\n\
             SlurmctldPidFile={at}/slurmctld.pid\nSlurmdPidFile={at}/slurmd.pid\n\
             SlurmctldPort={controller}\nSlurmdPort={node}\nProctrackType=proctrack/pgid\n\
             TaskPlugin=task/none\nJobAcctGatherType=jobacct_gather/none\nMpiDefault=none\n\
             SelectType=select/cons_tres\nSelectTypeParameters=CR_CPU\nReturnToService=2\n\
             SchedulerParameters=sched_interval=1,batch_sched_delay=1,bf_interval=1\n\
             NodeName={name} NodeAddr=127.0.0.1 CPUs=1 State=UNKNOWN\n\
             PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE OverSubscribe=FORCE:8\n"
        );
        std::fs::write(folder.path().join("slurm.conf"), config).unwrap();
        let key = folder.path().join("munge.key");
        std::fs::write(&key, [7_u8; 128]).unwrap();
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
        let mut cluster = Self { folder, daemons: Vec::new() };
        let files =
            ["key", "pid", "log", "seed"].map(|file| format!("--{file}-file={at}/munge.{file}"));
        let socket = format!("--socket={at}/munge.sock");
        let munge: Vec<&str> = ["--force", "--foreground", &socket]
            .into_iter()
            .chain(files.iter().map(String::as_str))
            .collect();
        cluster.daemon("munged", &munge);
        cluster.daemon("slurmctld", &["-D", "-c"]);
        cluster.daemon("slurmd", &["-D"]);
        cluster
    }

    fn daemon(&mut self, program: &str, arguments: &[&str]) {
        let child =
            self.tool(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        self.daemons.push(child.unwrap());
    }

    fn tool(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{path}:/usr/sbin")).current_dir(self.path());
        command.env("SLURM_CONF", self.path().join("slurm.conf"));
        command
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn ask(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.tool(program).args(arguments).output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn until(&self, what: &str, condition: impl Fn() -> bool) {
        for _ in 0..900 {
            if condition() {
                return;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        panic!("waited three minutes for {what}: {}", self.ask("squeue", &[]));
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.tool("scancel").args(["--user", "root"]).status();
        for daemon in self.daemons.iter_mut().rev() {
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
    }
}

#[test]
fn slurm_begins_holds_and_releases_the_job() {
    if !["munged", "slurmctld", "slurmd", "sbatch"].into_iter().all(has) {
        return;
    }
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    if !is_root {
        eprintln!("skipped: slurmd runs jobs as root alone");
        return;
    }
    let cluster = Cluster::start();
    cluster.until("a node", || cluster.ask("sinfo", &["-h", "-o", "%T"]) == "idle");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let moment = |seconds: u64| {
        jiff::Timestamp::from_second(i64::try_from(now + seconds).unwrap()).unwrap().to_string()
    };
    let plan = format!(
        r#"{{"intervals": [{{"start": "{}", "end": "{}"}}, {{"start": "{}", "end": "{}"}}]}}"#,
        moment(1),
        moment(8),
        moment(16),
        moment(900)
    );
    let work = "echo began >> log; until [ -e stop ]; do sleep 0.1; done; echo ended >> log";
    let script = text(schedule(cluster.path(), "slurm", &plan, &[], &["sh", "-c", work]));
    std::fs::write(cluster.path().join("submit"), script).unwrap();
    let job = cluster.ask("sh", &["submit"]);
    assert!(job.parse::<u32>().is_ok(), "{job}");
    let state = || cluster.ask("squeue", &["-h", "-j", &job, "-o", "%T %r"]);
    cluster.until("the hold", || {
        state().starts_with("PENDING") && state().to_lowercase().contains("held")
    });
    cluster.until("the release", || state().starts_with("RUNNING"));
    std::fs::write(cluster.path().join("stop"), "").unwrap();
    cluster.until("the end", || {
        std::fs::read_to_string(cluster.path().join("log"))
            .is_ok_and(|log| log.ends_with("ended\n"))
    });
}
