/* An NVML for tests: the functions that wattcast calls, by their public
 * signatures, answering from a text file beside the library.
 *
 * The file is read anew at each call, so a test changes the hardware by
 * writing it. Its lines are "KEY VALUE" for the driver and "GPU KEY VALUE":
 *
 *   init CODE               what nvmlInit_v2 returns
 *   0 name TEXT             GPU 0 exists and is called so
 *   0 uuid TEXT
 *   0 energy_mj NUMBER      or "clock": power times the monotonic clock
 *   0 power_mw NUMBER
 *   0 limit_mw NUMBER
 *   0 process PID PERCENT   a compute process and its use of the GPU
 *   0 mig 1
 *   0 fail KEY CODE         that value is refused with the code; KEY is one of
 *                           the above, "processes" or "utilization"
 *
 * A value that has no line is refused with "not supported".
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    SUCCESS = 0,
    INVALID_ARGUMENT = 2,
    NOT_SUPPORTED = 3,
    NOT_FOUND = 6,
    INSUFFICIENT_SIZE = 7,
    UNKNOWN = 999,
};

typedef int result;
typedef struct { int index; } *device;
typedef struct {
    unsigned pid;
    unsigned long long timestamp;
    unsigned sm, memory, encoder, decoder;
} utilization;
typedef struct {
    unsigned pid;
    unsigned long long memory;
    unsigned gpu_instance, compute_instance;
} process;

static FILE *open_state(void) {
    char path[4096];
    Dl_info self;
    if (!dladdr((void *)open_state, &self)) return NULL;
    snprintf(path, sizeof path, "%s.state", self.dli_fname);
    return fopen(path, "r");
}

/* Copies the n-th line that begins with the prefix and a space, without them. */
static int line_of(const char *prefix, int n, char *value, size_t size) {
    char line[512];
    size_t length = strlen(prefix);
    int found = 0;
    FILE *state = open_state();
    while (state && !found && fgets(line, sizeof line, state)) {
        line[strcspn(line, "\n")] = 0;
        if (strncmp(line, prefix, length) || line[length] != ' ' || n--) continue;
        snprintf(value, size, "%s", line + length + 1);
        found = 1;
    }
    if (state) fclose(state);
    return found;
}

static int index_of(device d) { return (int)((char *)d - (char *)0) - 1; }

/* The code with which a value is refused, if it is. */
static result refusal(device d, const char *key) {
    char prefix[64], code[64];
    snprintf(prefix, sizeof prefix, "%d fail %s", index_of(d), key);
    return line_of(prefix, 0, code, sizeof code) ? atoi(code) : SUCCESS;
}

static result text(device d, const char *key, char *value, size_t size) {
    char prefix[64];
    result code = refusal(d, key);
    if (code != SUCCESS) return code;
    snprintf(prefix, sizeof prefix, "%d %s", index_of(d), key);
    return line_of(prefix, 0, value, size) ? SUCCESS : NOT_SUPPORTED;
}

static result number(device d, const char *key, unsigned long long *value) {
    char buffer[64];
    result code = text(d, key, buffer, sizeof buffer);
    if (code == SUCCESS) *value = strtoull(buffer, NULL, 10);
    return code;
}

/* The n-th process of a GPU. */
static int process_of(device d, int n, unsigned *pid, unsigned *percent) {
    char prefix[64], buffer[64];
    snprintf(prefix, sizeof prefix, "%d process", index_of(d));
    return line_of(prefix, n, buffer, sizeof buffer) && sscanf(buffer, "%u %u", pid, percent) == 2;
}

result nvmlInit_v2(void) {
    char code[64];
    return line_of("init", 0, code, sizeof code) ? atoi(code) : SUCCESS;
}

result nvmlShutdown(void) { return SUCCESS; }

result nvmlSystemGetDriverVersion(char *version, unsigned size) {
    snprintf(version, size, "570.00");
    return SUCCESS;
}

result nvmlDeviceGetHandleByIndex_v2(unsigned index, device *d) {
    char name[128];
    result code;
    *d = (device)((char *)0 + index + 1);
    code = text(*d, "name", name, sizeof name);
    return code == NOT_SUPPORTED ? INVALID_ARGUMENT : SUCCESS;
}

result nvmlDeviceGetCount_v2(unsigned *count) {
    device d;
    for (*count = 0; nvmlDeviceGetHandleByIndex_v2(*count, &d) == SUCCESS; ++*count) {}
    return SUCCESS;
}

result nvmlDeviceGetName(device d, char *name, unsigned size) { return text(d, "name", name, size); }

result nvmlDeviceGetUUID(device d, char *uuid, unsigned size) { return text(d, "uuid", uuid, size); }

result nvmlDeviceGetPowerUsage(device d, unsigned *power_mw) {
    unsigned long long value = 0;
    result code = number(d, "power_mw", &value);
    *power_mw = (unsigned)value;
    return code;
}

result nvmlDeviceGetEnforcedPowerLimit(device d, unsigned *limit_mw) {
    unsigned long long value = 0;
    result code = number(d, "limit_mw", &value);
    *limit_mw = (unsigned)value;
    return code;
}

result nvmlDeviceGetTotalEnergyConsumption(device d, unsigned long long *energy_mj) {
    char value[64];
    struct timespec now;
    unsigned power_mw;
    result code = text(d, "energy_mj", value, sizeof value);
    if (code != SUCCESS) return code;
    if (strcmp(value, "clock")) {
        *energy_mj = strtoull(value, NULL, 10);
        return SUCCESS;
    }
    code = nvmlDeviceGetPowerUsage(d, &power_mw);
    clock_gettime(CLOCK_MONOTONIC, &now);
    *energy_mj = (unsigned long long)((now.tv_sec + now.tv_nsec * 1e-9) * power_mw);
    return code;
}

result nvmlDeviceGetMigMode(device d, unsigned *current, unsigned *pending) {
    unsigned long long value = 0;
    result code = number(d, "mig", &value);
    *current = *pending = (unsigned)value;
    return code;
}

result nvmlDeviceGetComputeRunningProcesses_v3(device d, unsigned *count, process *processes) {
    unsigned n, pid, percent, room = *count;
    result code = refusal(d, "processes");
    if (code != SUCCESS) return code;
    for (n = 0; process_of(d, (int)n, &pid, &percent); ++n) {
        if (processes && n < room) processes[n] = (process){pid, 1 << 20, ~0u, ~0u};
    }
    *count = n;
    return n > room ? INSUFFICIENT_SIZE : SUCCESS;
}

result nvmlDeviceGetProcessUtilization(device d, utilization *samples, unsigned *count,
                                       unsigned long long since) {
    unsigned n = 0, seen, pid, percent, room = *count;
    result code = refusal(d, "utilization");
    if (code != SUCCESS) return code;
    for (seen = 0; process_of(d, (int)seen, &pid, &percent); ++seen) {
        /* Only processes that used the GPU have a sample. */
        if (!percent) continue;
        if (samples && n < room) samples[n] = (utilization){pid, since + 1, percent, 0, 0, 0};
        ++n;
    }
    *count = n;
    if (!n) return NOT_FOUND;
    return n > room ? INSUFFICIENT_SIZE : SUCCESS;
}
