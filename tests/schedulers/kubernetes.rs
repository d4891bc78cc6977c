//! The manifests through the types that the API itself is generated from.

use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::ServiceAccount;
use k8s_openapi::api::rbac::v1::{Role, RoleBinding};
use serde_json::Value;

use crate::{PLAN, schedule, text};

/// Every name is one that the type knows: nothing is lost on the way.
fn through<T: serde::Serialize + serde::de::DeserializeOwned>(item: &Value) -> T {
    let typed: T = serde_json::from_value(item.clone()).unwrap();
    assert_eq!(&serde_json::to_value(&typed).unwrap(), item);
    typed
}

#[test]
fn the_job_is_suspended_and_switched_at_every_change() {
    let folder = tempfile::tempdir().unwrap();
    let options = ["--name", "train", "--image", "example/train:1"];
    let output = schedule(folder.path(), "kubernetes", PLAN, &options, &["python", "a b.py"]);
    let list: Value = serde_json::from_str(&text(output)).unwrap();
    assert_eq!(list["kind"], "List");
    let mut switches = Vec::new();
    for item in list["items"].as_array().unwrap() {
        match item["kind"].as_str().unwrap() {
            "Job" => {
                let job: Job = through(item);
                let spec = job.spec.unwrap();
                assert_eq!(spec.suspend, Some(true));
                let pod = spec.template.spec.unwrap();
                assert_eq!(pod.containers[0].image.as_deref(), Some("example/train:1"));
                let command = pod.containers[0].command.as_ref().unwrap();
                assert_eq!(command, &["python", "a b.py"]);
            }
            "CronJob" => {
                let cron: CronJob = through(item);
                let spec = cron.spec;
                assert_eq!(spec.time_zone.as_deref(), Some("Etc/UTC"));
                let pod = spec.job_template.spec.unwrap().template.spec.unwrap();
                assert_eq!(pod.service_account_name.as_deref(), Some("train-switch"));
                let patch = pod.containers[0].args.as_ref().unwrap().last().unwrap().clone();
                // What the patch sets is a field of the job.
                let patch: Value = serde_json::from_str(&patch).unwrap();
                let patched: Job = serde_json::from_value(patch).unwrap();
                switches.push((spec.schedule, patched.spec.unwrap().suspend.unwrap()));
            }
            "ServiceAccount" => drop(through::<ServiceAccount>(item)),
            "Role" => {
                let role: Role = through(item);
                assert_eq!(role.rules.unwrap()[0].resource_names.as_ref().unwrap(), &["train"]);
            }
            "RoleBinding" => drop(through::<RoleBinding>(item)),
            other => panic!("{other}"),
        }
    }
    let at = |schedule: &str, suspend| (schedule.to_owned(), suspend);
    assert_eq!(switches, [at("0 1 1 5 *", false), at("0 2 1 5 *", true), at("0 3 1 5 *", false)]);
}
