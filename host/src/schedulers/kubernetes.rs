//! Kubernetes: a job that is suspended, and cron jobs that switch that.

use serde_json::{Value, json};

use super::{Change, Order, utc};

/// A `List` in JSON for `kubectl apply -f -`: the job, an account that may
/// switch it, and a `CronJob` for each change. `kubectl_image` runs `kubectl`.
///
/// A suspended job gives up its pods: the command begins again when it is
/// resumed, and has to save its work.
#[must_use]
pub fn kubernetes(order: &Order<'_>, image: &str, kubectl_image: &str) -> Value {
    let name = order.name;
    let labels =
        json!({"app.kubernetes.io/name": name, "app.kubernetes.io/managed-by": "wattcast"});
    let switch = format!("{name}-switch");
    let meta = |name: &str| json!({"name": name, "labels": labels});
    let mut items = vec![
        json!({
            "apiVersion": "batch/v1", "kind": "Job", "metadata": meta(name),
            "spec": {
                "suspend": true,
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {
                        "restartPolicy": "OnFailure",
                        "containers": [{"name": name, "image": image, "command": order.command}],
                    },
                },
            },
        }),
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta(&switch)}),
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": meta(&switch),
            "rules": [{
                "apiGroups": ["batch"], "resources": ["jobs"], "resourceNames": [name],
                "verbs": ["get", "patch"],
            }],
        }),
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
            "metadata": meta(&switch),
            "subjects": [{"kind": "ServiceAccount", "name": switch}],
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": switch,
            },
        }),
    ];
    let changes = (0..).zip(order.changes());
    items.extend(changes.map(|(index, (when, change))| {
        let is_suspended = change == Change::Pause;
        let patch = json!({"spec": {"suspend": is_suspended}}).to_string();
        json!({
            "apiVersion": "batch/v1", "kind": "CronJob", "metadata": meta(&format!("{name}-{index}")),
            "spec": {
                "schedule": utc(when, "%-M %-H %-d %-m *"),
                "timeZone": "Etc/UTC",
                "concurrencyPolicy": "Forbid",
                "startingDeadlineSeconds": 3_600,
                "jobTemplate": {"spec": {
                    "ttlSecondsAfterFinished": 3_600,
                    "template": {"spec": {
                        "serviceAccountName": switch,
                        "restartPolicy": "OnFailure",
                        "containers": [{
                            "name": "kubectl", "image": kubectl_image,
                            "args": ["patch", "job", name, "--type=merge", "--patch", patch],
                        }],
                    }},
                }},
            },
        })
    }));
    json!({"apiVersion": "v1", "kind": "List", "items": items})
}
