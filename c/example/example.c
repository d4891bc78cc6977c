/*
 * Meters a load for two minutes, prices it, forecasts the grid, plans a job and
 * sends it all as frames, which it then reads back. Prints what came of it; the
 * test beside compares that with what Rust computes, on this machine and on a
 * Cortex-M4F in QEMU.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "wattcast.h"

#define HOURS 336
#define AHEAD 24
/* 2026-11-21T00:00Z */
#define NOW_HOUR 498720u

/* model.S */
extern const uint8_t model_start[];
extern const uint8_t model_end[];

static wc_power_meter meter;
static wc_account account;
static wc_model model;
static wc_encoder encoder;
static wc_decoder decoder;
static uint32_t history[HOURS];
static int16_t scratch[4096];
static int64_t values[2048];
static uint8_t choices[8192];
static uint8_t line[2048];
static size_t sent;

static void must(wc_status status, const char *what)
{
    if (status != WC_STATUS_OK) {
        printf("%s: status %d\n", what, (int)status);
        exit(1);
    }
}

/* A number in words: not every C library prints 64 bits. */
static const char *number(uint64_t value)
{
    static char words[4][21];
    static unsigned next;
    char *at = words[next++ % 4] + 20;
    do {
        *--at = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    return at;
}

/* Where a board would write to its UART. */
static void send(const wc_buffer *frame)
{
    for (size_t at = 0; at < frame->length; at++)
        line[sent++] = frame->at[at];
}

static void text(const wc_text *words)
{
    printf("%.*s", (int)words->length, (const char *)words->at);
}

static void meter_a_load(const wc_factor *factor)
{
    wc_pricing pricing = {
        .price_micro_per_kwh = 300000,
        .mg_per_kwh = factor->mg_per_kwh,
        .pue_millionths = 1200000,
        .basis = factor->basis,
        .has_intensity = 1,
        .has_price = 1,
    };
    wc_reading reading;
    must(wc_power_meter_init(&meter, 60000000, 0), "meter");
    must(wc_account_init(&account), "account");
    for (uint64_t second = 0; second <= 120; second++) {
        int64_t power_uw = 5000000 + (int64_t)(second * second % 97) * 12345;
        must(wc_power_meter_read(&meter, second * 1000000, power_uw, &reading), "read");
        must(wc_account_add(&account, &reading, &pricing), "add");
    }
    wc_totals totals;
    must(wc_account_totals(&account, &totals), "totals");
    printf("energy %s uJ, carbon %s ug, cost %s micro\n", number(totals.import_uj.low),
           number(totals.carbon_ug), number((uint64_t)totals.cost_micro));
}

static void forecast(wc_hour *hours)
{
    size_t words;
    for (uint32_t hour = 0; hour < HOURS; hour++)
        history[hour] = 200000 + (hour % 24) * 9000 + (hour % 168) * 500 + hour * hour % 7919;
    must(wc_model_init(&model, model_start, (size_t)(model_end - model_start)), "model");
    must(wc_model_scratch_words(&model, &words), "scratch");
    printf("scratch %s\n", words <= sizeof scratch / sizeof scratch[0] ? "fits" : "too small");
    must(wc_forecast(&model, history, HOURS, NOW_HOUR, 1, scratch,
                     sizeof scratch / sizeof scratch[0], hours, AHEAD),
         "forecast");
    for (int hour = 0; hour < AHEAD; hour++)
        printf("hour %d: %" PRIu32 " %" PRIu32 " %" PRIu32 "\n", hour, hours[hour].p10,
               hours[hour].p50, hours[hour].p90);
}

static void plan(const wc_hour *hours)
{
    uint32_t expected[AHEAD];
    for (int hour = 0; hour < AHEAD; hour++)
        expected[hour] = hours[hour].p50;
    wc_job job = {
        .power_uw = 1500000000,
        .run_s = 4 * 3600,
        .min_run_s = 3600,
        .max_pauses = 1,
    };
    uint64_t start_us = (uint64_t)NOW_HOUR * 3600000000u;
    wc_stay stays[4];
    wc_plan_result result;
    must(wc_plan(expected, NULL, AHEAD, start_us, 3600, &job, start_us, values, 2048, choices, 8192,
                 stays, 4, &result),
         "plan");
    for (size_t at = 0; at < result.stays; at++)
        printf("run %s to %s: %s ug\n", number(stays[at].start_us / 1000000),
               number(stays[at].end_us / 1000000), number(stays[at].carbon_ug));
    printf("plan %s uJ, %s ug, off by %s\n", number((uint64_t)result.energy_uj),
           number(result.carbon_ug), number(result.off_by_ug));
}

static void tell(void)
{
    static const uint8_t key[WC_KEY_LENGTH] = {7};
    static uint8_t bytes[WC_MAX_FRAME];
    wc_buffer buffer = {bytes, sizeof bytes, 0};
    int64_t powers[3] = {5000000, 5012300, 4990000};
    must(wc_encoder_init(&encoder, 3, 9, key), "encoder");
    must(wc_encode_boot(&encoder, "bench", "example", "1", &buffer), "boot");
    send(&buffer);
    must(wc_encode_anchor(&encoder, 0, (uint64_t)NOW_HOUR * 3600000000u, 500, &buffer), "anchor");
    send(&buffer);
    must(wc_encode_channel(&encoder, 0, "load", "INA226", 500, 10000, &buffer), "channel");
    send(&buffer);
    must(wc_encode_samples(&encoder, 0, 0, 1000000, 1000, powers, 3, &buffer), "samples");
    send(&buffer);
    must(wc_encode_checkpoint(&encoder, 0, &account, &buffer), "checkpoint");
    send(&buffer);
    must(wc_encode_warning(&encoder, 120000000, "a fan is loud", &buffer), "warning");
    send(&buffer);
    for (size_t at = 0; at < sent; at++)
        printf("%02x%s", line[at], line[at] == 0 ? "\n" : "");
}

static void listen(void)
{
    const uint8_t *bytes = line;
    wc_record record;
    must(wc_decoder_init(&decoder), "decoder");
    line[20] ^= 0x55; /* Noise in the first frame. */
    for (;;) {
        wc_status status = wc_decode(&decoder, &bytes, &sent, &record);
        if (status == WC_STATUS_MORE_BYTES)
            break;
        if (status == WC_STATUS_NO_FRAME) {
            printf("lost a frame\n");
            continue;
        }
        must(status, "decode");
        printf("%" PRIu32 ": kind %d, missing %" PRIu32 ", %s uJ, %s, '", record.sequence,
               record.kind, record.missing, number(record.import_uj.low),
               number((uint64_t)record.value));
        text(&record.text);
        printf("'\n");
    }
}

static void misuse(void)
{
    static wc_account never_made;
    wc_reading reading;
    wc_totals totals;
    wc_factor factor;
    printf("null %d, not ready %d, unknown zone %d, no frame room %d\n",
           (int)wc_power_meter_read(NULL, 0, 0, &reading),
           (int)wc_account_totals(&never_made, &totals), (int)wc_factor_lookup("ZZ", &factor),
           (int)wc_encode_anchor(&encoder, 0, 0, 0, &(wc_buffer){line, 3, 0}));
}

int main(void)
{
    wc_factor factor;
    wc_hour hours[AHEAD];
    if (wc_abi_version() != WC_ABI_VERSION)
        return 1;
    must(wc_factor_lookup("DE", &factor), "factor");
    text(&factor.name);
    printf(" %" PRIu32 " mg/kWh of %u, ", factor.mg_per_kwh, factor.year);
    text(&factor.source);
    printf("\n");
    meter_a_load(&factor);
    forecast(hours);
    plan(hours);
    tell();
    listen();
    misuse();
    return 0;
}
