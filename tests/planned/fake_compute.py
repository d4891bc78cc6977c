"""As much of Google's Compute API as examples/gcp needs: keeps instances by zone,
logs every call to the file `calls`, and answers in the shapes of the real one."""

import http.server
import json
import sys

ROOT = "https://www.googleapis.com/compute/v1/projects/p"
METADATA = {"items": [{"key": "startup", "value": "train"}]}


def instance(zone):
    return {
        "kind": "compute#instance",
        "name": "vm",
        "status": "RUNNING",
        "zone": f"{ROOT}/zones/{zone}",
        "machineType": f"{ROOT}/zones/{zone}/machineTypes/n2-standard-8",
        "disks": [{"boot": True, "source": f"{ROOT}/zones/{zone}/disks/vm-disk"}],
        "metadata": METADATA,
    }


instances = {"europe-west1-b": instance("europe-west1-b")}


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, method):
        path = self.path.split("/projects/p/", 1)[1].split("/")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.loads(body) if body else {}
        if self.headers["Authorization"] != "Bearer token":
            return self.say(401, {"error": {"code": 401}})
        zone = path[1] if path[0] == "zones" else None
        if path[-2] == "operations":
            return self.say(200, self.operation(zone, "DONE"))
        if method == "GET":
            found = instances.get(zone)
            return self.say(200 if found else 404, found or {"error": {"code": 404}})
        with open("calls", "a") as file:
            file.write(f"{method} {'/'.join(path)}\n")
        if path[-1] == "instances":
            assert body["name"] == "vm" and body["disks"][0]["initializeParams"]["sourceSnapshot"]
            assert body["machineType"].endswith("n2-standard-8") and body["metadata"] == METADATA
            instances[zone] = instance(zone)
        elif path[-1] in ("start", "stop"):
            if zone not in instances:
                return self.say(404, {"error": {"code": 404}})
            instances[zone]["status"] = {"start": "RUNNING", "stop": "TERMINATED"}[path[-1]]
        elif method == "DELETE" and path[-2] == "instances":
            del instances[zone]
        self.say(200, self.operation(zone, "RUNNING"))

    def operation(self, zone, status):
        operation = {"kind": "compute#operation", "name": "operation-1", "status": status}
        if zone:
            operation["zone"] = f"{ROOT}/zones/{zone}"
        return operation

    def say(self, code, answer):
        self.send_response(code)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def do_GET(self):
        self.answer("GET")

    def do_POST(self):
        self.answer("POST")

    def do_DELETE(self):
        self.answer("DELETE")

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
sys.stdout.close()
server.serve_forever()
