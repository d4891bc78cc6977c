/*
 * The C interface of wattcast. Made by cbindgen from c/src; see c/README.md.
 * UPDATE_EXPECT=1 cargo test -p wattcast-c makes it anew.
 */

#ifndef WATTCAST_H
#define WATTCAST_H

#include <stddef.h>
#include <stdint.h>
#if defined(_MSC_VER)
#define WC_ALIGNED(n) __declspec(align(n))
#else
#define WC_ALIGNED(n) __attribute__((aligned(n)))
#endif


/**
 * Version of this interface: it changes where an existing program would break.
 */
#define WC_ABI_VERSION 1

/**
 * Words of eight bytes in a `wc_account`.
 */
#define WC_ACCOUNT_WORDS 32

/**
 * What an intensity counts: the whole life of the plants and their fuel.
 */
#define WC_BASIS_LIFE_CYCLE 0

/**
 * What an intensity counts: only what leaves the chimney.
 */
#define WC_BASIS_DIRECT 1

/**
 * What an intensity counts: what one more kilowatt-hour causes.
 */
#define WC_BASIS_MARGINAL 2

/**
 * Words of eight bytes in a `wc_decoder`.
 */
#define WC_DECODER_WORDS 160

/**
 * A buffer of so many bytes holds any frame.
 */
#define WC_MAX_FRAME 512

/**
 * Bytes of a key.
 */
#define WC_KEY_LENGTH 32

/**
 * Words of eight bytes in a `wc_encoder`.
 */
#define WC_ENCODER_WORDS 16

/**
 * Words of eight bytes in a `wc_model`.
 */
#define WC_MODEL_WORDS 256

/**
 * Most hours ahead that are forecast.
 */
#define WC_HORIZON 96

/**
 * Stands for an hour of a history that is not known.
 */
#define WC_MISSING 4294967295

/**
 * Words of eight bytes in a `wc_power_meter`.
 */
#define WC_POWER_METER_WORDS 32

/**
 * Words of eight bytes in a `wc_counter_meter`.
 */
#define WC_COUNTER_METER_WORDS 40

/**
 * Most slots of an outlook.
 */
#define WC_MAX_SLOTS WC_HORIZON

/**
 * How a call went. Whatever is not `WC_STATUS_OK` leaves the objects as they were,
 * and what was to be written as it was.
 */
enum wc_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * It did what was asked.
   */
  WC_STATUS_OK = 0,
  /**
   * A pointer is null, or not aligned.
   */
  WC_STATUS_POINTER = 1,
  /**
   * An object was not made ready by its `_init` function.
   */
  WC_STATUS_NOT_READY = 2,
  /**
   * A number or text is out of range.
   */
  WC_STATUS_ARGUMENT = 3,
  /**
   * A sum does not fit its type.
   */
  WC_STATUS_OVERFLOW = 4,
  /**
   * The memory lent is too small.
   */
  WC_STATUS_MEMORY = 5,
  /**
   * There is no such zone.
   */
  WC_STATUS_UNKNOWN_ZONE = 6,
  /**
   * The bytes are not a model that this library reads.
   */
  WC_STATUS_BAD_MODEL = 7,
  /**
   * There is too little history for any forecast.
   */
  WC_STATUS_NO_HISTORY = 8,
  /**
   * No plan keeps to all that was asked.
   */
  WC_STATUS_NO_PLAN = 9,
  /**
   * More bytes are needed for a frame; no error.
   */
  WC_STATUS_MORE_BYTES = 10,
  /**
   * Bytes that are no frame were dropped; go on.
   */
  WC_STATUS_NO_FRAME = 11,
  /**
   * Intensities of two bases are not added.
   */
  WC_STATUS_MIXED_BASIS = 12,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum wc_status wc_status;
#else
typedef int32_t wc_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What a reading came to.
 */
enum wc_outcome
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * The first one: no energy yet.
   */
  WC_OUTCOME_FIRST = 0,
  /**
   * Energy since the one before.
   */
  WC_OUTCOME_ADVANCED = 1,
  /**
   * The counter wrapped; the energy is right.
   */
  WC_OUTCOME_WRAPPED = 2,
  /**
   * The counter began anew; the energy since is not known.
   */
  WC_OUTCOME_RESET = 3,
  /**
   * The reading failed.
   */
  WC_OUTCOME_UNAVAILABLE = 4,
  /**
   * Energy over readings that failed.
   */
  WC_OUTCOME_BRIDGED = 5,
  /**
   * Too long since the one before; the energy is not known.
   */
  WC_OUTCOME_GAP = 6,
  /**
   * The same moment as the one before: left out.
   */
  WC_OUTCOME_DUPLICATE = 7,
  /**
   * Before the one before: left out.
   */
  WC_OUTCOME_BACKWARD = 8,
  /**
   * The sensor is at the end of its scale: the energy is at least this.
   */
  WC_OUTCOME_SATURATED = 9,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum wc_outcome wc_outcome;
#else
typedef uint8_t wc_outcome;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What a record tells; which fields of `wc_record` hold is said beside each.
 */
enum wc_record_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Who speaks: `text` is the device, `more` its firmware.
   */
  WC_RECORD_KIND_BOOT = 0,
  /**
   * `uptime_us` was `utc_us`.
   */
  WC_RECORD_KIND_ANCHOR = 1,
  /**
   * `channel` is called `text` and measured by `more`.
   */
  WC_RECORD_KIND_CHANNEL = 2,
  /**
   * `count` samples from `uptime_us` on, one each `period_us`; `value` is the last, in µW.
   */
  WC_RECORD_KIND_SAMPLES = 3,
  /**
   * `channel` had counted `import_uj` and `export_uj` at `uptime_us`.
   */
  WC_RECORD_KIND_CHECKPOINT = 4,
  /**
   * `text` happened at `uptime_us`; `value` belongs to it.
   */
  WC_RECORD_KIND_EVENT = 5,
  /**
   * Another record.
   */
  WC_RECORD_KIND_OTHER = 6,
  /**
   * A record that this library does not know.
   */
  WC_RECORD_KIND_UNKNOWN = 7,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum wc_record_kind wc_record_kind;
#else
typedef uint8_t wc_record_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Energy, carbon and cost since boot, exact.
 */
typedef struct WC_ALIGNED(16) wc_account {
  uint64_t mark;
  uint64_t reserved;
  uint64_t memory[WC_ACCOUNT_WORDS];
} wc_account;

/**
 * A reading and its energy.
 */
typedef struct wc_reading {
  /**
   * Start of its interval, in µs since boot.
   */
  uint64_t start_us;
  /**
   * End of its interval.
   */
  uint64_t end_us;
  /**
   * Energy taken in, in µJ.
   */
  int64_t import_uj;
  /**
   * Energy given out.
   */
  int64_t export_uj;
  /**
   * What it came to.
   */
  wc_outcome outcome;
} wc_reading;

/**
 * What a kilowatt-hour emits and costs.
 */
typedef struct wc_pricing {
  /**
   * Price in millionths of a unit of the currency.
   */
  int64_t price_micro_per_kwh;
  /**
   * Carbon intensity in milligrams of CO2e.
   */
  uint32_t mg_per_kwh;
  /**
   * Overhead of the site in millionths: 1000000 to 10000000.
   */
  uint32_t pue_millionths;
  /**
   * `WC_BASIS_LIFE_CYCLE` or another.
   */
  uint8_t basis;
  /**
   * Not 0 where the intensity is known.
   */
  uint8_t has_intensity;
  /**
   * Not 0 where the price is known.
   */
  uint8_t has_price;
} wc_pricing;

/**
 * A number of 128 bits.
 */
typedef struct wc_u128 {
  /**
   * The lower half.
   */
  uint64_t low;
  /**
   * The upper half.
   */
  uint64_t high;
} wc_u128;

/**
 * What was counted since boot.
 */
typedef struct wc_totals {
  /**
   * Energy taken in, in µJ.
   */
  struct wc_u128 import_uj;
  /**
   * Energy given out; never netted with `import_uj`.
   */
  struct wc_u128 export_uj;
  /**
   * End of the last interval, in µs since boot.
   */
  uint64_t until_us;
  /**
   * Carbon of the import in µg CO2e, where `has_carbon`.
   */
  uint64_t carbon_ug;
  /**
   * Cost of the import in millionths, where `has_cost`.
   */
  int64_t cost_micro;
  /**
   * Not 0 where the carbon is known.
   */
  uint8_t has_carbon;
  /**
   * Not 0 where the cost is known.
   */
  uint8_t has_cost;
} wc_totals;

/**
 * Takes bytes as they come and finds the frames in them.
 */
typedef struct WC_ALIGNED(16) wc_decoder {
  uint64_t mark;
  uint64_t reserved;
  uint64_t memory[WC_DECODER_WORDS];
} wc_decoder;

/**
 * Text of the library or of a frame, not ended by a zero.
 */
typedef struct wc_text {
  /**
   * UTF-8.
   */
  const uint8_t *at;
  /**
   * Its bytes.
   */
  size_t length;
} wc_text;

/**
 * A record that was read. Texts lie in the decoder until it is used again.
 */
typedef struct wc_record {
  /**
   * Energy taken in, in µJ.
   */
  struct wc_u128 import_uj;
  /**
   * Energy given out.
   */
  struct wc_u128 export_uj;
  /**
   * µs since boot.
   */
  uint64_t uptime_us;
  /**
   * µs since 1970.
   */
  uint64_t utc_us;
  /**
   * A number, see the kind.
   */
  int64_t value;
  /**
   * Words, see the kind.
   */
  struct wc_text text;
  /**
   * More words.
   */
  struct wc_text more;
  /**
   * The boot that the frame is of.
   */
  uint32_t boot;
  /**
   * Its number within the boot.
   */
  uint32_t sequence;
  /**
   * Frames lost before it.
   */
  uint32_t missing;
  /**
   * Time between samples in µs.
   */
  uint32_t period_us;
  /**
   * The sender.
   */
  uint16_t stream;
  /**
   * Number of samples.
   */
  uint16_t count;
  /**
   * The channel.
   */
  uint8_t channel;
  /**
   * What it tells.
   */
  wc_record_kind kind;
  /**
   * Not 0 where a frame of that number was read before.
   */
  uint8_t repeated;
} wc_record;

/**
 * Numbers the frames of one boot.
 */
typedef struct WC_ALIGNED(16) wc_encoder {
  uint64_t mark;
  uint64_t reserved;
  uint64_t memory[WC_ENCODER_WORDS];
} wc_encoder;

/**
 * Where a frame is to be written.
 */
typedef struct wc_buffer {
  /**
   * `WC_MAX_FRAME` bytes are always enough.
   */
  uint8_t *at;
  /**
   * Its bytes.
   */
  size_t room;
  /**
   * Bytes of the frame that was written, its closing zero included.
   */
  size_t length;
} wc_buffer;

/**
 * The yearly emission factor of a zone.
 */
typedef struct wc_factor {
  /**
   * Its English name; lasts as long as the program.
   */
  struct wc_text name;
  /**
   * Its source; lasts as long as the program.
   */
  struct wc_text source;
  /**
   * Milligrams of CO2e per kilowatt-hour.
   */
  uint32_t mg_per_kwh;
  /**
   * The year that it is the mean of; 0 where its source names none.
   */
  uint16_t year;
  /**
   * `WC_BASIS_LIFE_CYCLE` or another.
   */
  uint8_t basis;
} wc_factor;

/**
 * A forecasting network, read where it lies.
 */
typedef struct WC_ALIGNED(16) wc_model {
  uint64_t mark;
  uint64_t reserved;
  uint64_t memory[WC_MODEL_WORDS];
} wc_model;

/**
 * The expected intensity of an hour, in milligrams of CO2e per kilowatt-hour.
 */
typedef struct wc_hour {
  /**
   * One case in ten lies below.
   */
  uint32_t p10;
  /**
   * As often too high as too low.
   */
  uint32_t p50;
  /**
   * One case in ten lies above.
   */
  uint32_t p90;
} wc_hour;

/**
 * Integrates samples of power by trapezoids, with nothing lost in rounding.
 */
typedef struct WC_ALIGNED(16) wc_power_meter {
  uint64_t mark;
  uint64_t reserved;
  uint64_t memory[WC_POWER_METER_WORDS];
} wc_power_meter;

/**
 * Reads a cumulative counter that may wrap or start anew.
 */
typedef struct WC_ALIGNED(16) wc_counter_meter {
  uint64_t mark;
  uint64_t reserved;
  uint64_t memory[WC_COUNTER_METER_WORDS];
} wc_counter_meter;

/**
 * A job to be planned. A field that is 0 asks for nothing, but for `run_s`.
 */
typedef struct wc_job {
  /**
   * What it draws while it runs, in µW.
   */
  int64_t power_uw;
  /**
   * It does not start before, in µs since 1970.
   */
  uint64_t not_before_us;
  /**
   * It ends by then, in µs since 1970.
   */
  uint64_t deadline_us;
  /**
   * What a pause costs in energy, when the job resumes, in µJ.
   */
  int64_t pause_uj;
  /**
   * What a pause costs in time, in seconds.
   */
  uint32_t pause_s;
  /**
   * The work in seconds of running.
   */
  uint32_t run_s;
  /**
   * How long each stay lasts at least, in seconds.
   */
  uint32_t min_run_s;
  /**
   * No slot of a higher intensity is used, in mg/kWh.
   */
  uint32_t max_mg_per_kwh;
  /**
   * How often it may resume after a pause; below 0 as often as it likes.
   */
  int32_t max_pauses;
  /**
   * How far to plan with the upper quantile, 0 to 1000.
   */
  uint16_t caution_permille;
} wc_job;

/**
 * A stretch in which the job runs.
 */
typedef struct wc_stay {
  /**
   * When it begins, in µs since 1970.
   */
  uint64_t start_us;
  /**
   * When it ends.
   */
  uint64_t end_us;
  /**
   * Its energy in µJ, that of the pause before it included.
   */
  int64_t energy_uj;
  /**
   * Its expected carbon in µg CO2e.
   */
  uint64_t carbon_ug;
  /**
   * The mean intensity in mg/kWh.
   */
  uint32_t mg_per_kwh;
} wc_stay;

/**
 * A plan in sum.
 */
typedef struct wc_plan_result {
  /**
   * How many stays were written.
   */
  size_t stays;
  /**
   * The energy in µJ.
   */
  int64_t energy_uj;
  /**
   * The expected carbon in µg CO2e.
   */
  uint64_t carbon_ug;
  /**
   * A better plan may exist, by so many µg at most; 0 where none can.
   */
  uint64_t off_by_ug;
  /**
   * How often the job resumes.
   */
  uint16_t pauses;
} wc_plan_result;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The version of the interface that the library was compiled with; compare it
 * with `WC_ABI_VERSION`.
 */
uint32_t wc_abi_version(void);

/**
 * Makes an account ready, empty.
 *
 * # Safety
 *
 * `account` is null or points to memory for one.
 */
wc_status wc_account_init(struct wc_account *account);

/**
 * Adds the energy of a reading, if it has any, at a price.
 *
 * # Safety
 *
 * `account`, `reading` and `pricing` are null or point to one each.
 */
wc_status wc_account_add(struct wc_account *account,
                         const struct wc_reading *reading,
                         const struct wc_pricing *pricing);

/**
 * What was counted so far.
 *
 * # Safety
 *
 * `account` and `totals` are null or point to one each.
 */
wc_status wc_account_totals(const struct wc_account *account, struct wc_totals *totals);

/**
 * Makes a decoder ready.
 *
 * # Safety
 *
 * `decoder` is null or points to memory for one.
 */
wc_status wc_decoder_init(struct wc_decoder *decoder);

/**
 * Reads up to the end of the next frame, and moves `bytes` and `length` behind it.
 * `WC_STATUS_MORE_BYTES` when all are taken; `WC_STATUS_NO_FRAME` where bytes were
 * dropped: call again in both cases, with more bytes in the first.
 *
 * # Safety
 *
 * `decoder`, `bytes`, `length` and `record` are null or point to one each; `*bytes` is
 * null or points to `*length` bytes.
 */
wc_status wc_decode(struct wc_decoder *decoder,
                    const uint8_t **bytes,
                    size_t *length,
                    struct wc_record *record);

/**
 * Makes an encoder ready for the frames of a boot; with a key of `WC_KEY_LENGTH` bytes
 * each is tagged, without one, null, none is.
 *
 * # Safety
 *
 * `encoder` is null or points to memory for one; `key` is null or points to its bytes.
 */
wc_status wc_encoder_init(struct wc_encoder *encoder,
                          uint16_t stream,
                          uint32_t boot,
                          const uint8_t *key);

/**
 * Tells who speaks: the first record of a boot.
 *
 * # Safety
 *
 * `encoder` and `buffer` are null or point to one each; the texts are ended by zeros.
 */
wc_status wc_encode_boot(struct wc_encoder *encoder,
                         const char *device,
                         const char *firmware,
                         const char *version,
                         struct wc_buffer *buffer);

/**
 * Ties a moment since boot to UTC, both in µs.
 *
 * # Safety
 *
 * `encoder` and `buffer` are null or point to one each.
 */
wc_status wc_encode_anchor(struct wc_encoder *encoder,
                           uint64_t uptime_us,
                           uint64_t utc_us,
                           uint32_t uncertainty_us,
                           struct wc_buffer *buffer);

/**
 * Describes a measured channel; before its first use. Its energy lies within
 * `error_ppm` millionths.
 *
 * # Safety
 *
 * `encoder` and `buffer` are null or point to one each; the texts are ended by zeros.
 */
wc_status wc_encode_channel(struct wc_encoder *encoder,
                            uint8_t channel,
                            const char *name,
                            const char *method,
                            uint64_t resolution_uj,
                            uint32_t error_ppm,
                            struct wc_buffer *buffer);

/**
 * Tells `count` samples of power in µW, taken at a fixed period, rounded to whole
 * steps of `step_uw`. `WC_STATUS_MEMORY` where they do not fit one frame.
 *
 * # Safety
 *
 * `encoder` and `buffer` are null or point to one each; `power_uw` to `count` values.
 */
wc_status wc_encode_samples(struct wc_encoder *encoder,
                            uint8_t channel,
                            uint64_t start_us,
                            uint32_t period_us,
                            int64_t step_uw,
                            const int64_t *power_uw,
                            size_t count,
                            struct wc_buffer *buffer);

/**
 * Tells the totals of an account.
 *
 * # Safety
 *
 * `encoder`, `account` and `buffer` are null or point to one each.
 */
wc_status wc_encode_checkpoint(struct wc_encoder *encoder,
                               uint8_t channel,
                               const struct wc_account *account,
                               struct wc_buffer *buffer);

/**
 * Tells something that a person should know.
 *
 * # Safety
 *
 * `encoder` and `buffer` are null or point to one each; the text is ended by a zero.
 */
wc_status wc_encode_warning(struct wc_encoder *encoder,
                            uint64_t uptime_us,
                            const char *words,
                            struct wc_buffer *buffer);

/**
 * The factor of a zone by its code: ISO 3166 in two or three letters, a
 * subdivision, a bidding zone, a cloud region, or `WORLD`.
 *
 * # Safety
 *
 * `code` is null or ended by a zero; `factor` is null or points to one.
 */
wc_status wc_factor_lookup(const char *code, struct wc_factor *factor);

/**
 * Checks a model and makes it ready. The bytes stay where they are, in flash for
 * example, for as long as it is used.
 *
 * # Safety
 *
 * `model` is null or points to memory for one; `bytes` is null or points to
 * `length` bytes that do not change while the model is used.
 */
wc_status wc_model_init(struct wc_model *model, const uint8_t *bytes, size_t length);

/**
 * How many words of scratch memory a forecast with this model takes.
 *
 * # Safety
 *
 * `model` and `words` are null or point to one each.
 */
wc_status wc_model_scratch_words(const struct wc_model *model, size_t *words);

/**
 * Forecasts `hours` hours, at most `WC_HORIZON`, from the intensities of the
 * `known` hours before, oldest first; `WC_MISSING` where one is not known. The
 * first hour to come is `end_hour`, in hours since 1970; the standard time of the
 * grid is `offset_hours` ahead of UTC.
 *
 * Without a model, and where the history is too poor for one, simple rules answer.
 *
 * # Safety
 *
 * `model` is null or points to one; the arrays are null or as long as is said,
 * and apart from each other.
 */
wc_status wc_forecast(const struct wc_model *model,
                      const uint32_t *history_mg_per_kwh,
                      size_t known,
                      uint32_t end_hour,
                      int8_t offset_hours,
                      int16_t *scratch,
                      size_t scratch_words,
                      struct wc_hour *out,
                      size_t hours);

/**
 * Makes a meter ready. A time between two samples above `max_gap_us` is a gap.
 * At `full_scale_uw` and above a sample counts as saturated; 0 where the sensor
 * has no such end.
 *
 * # Safety
 *
 * `meter` is null or points to memory for one.
 */
wc_status wc_power_meter_init(struct wc_power_meter *meter,
                              uint64_t max_gap_us,
                              int64_t full_scale_uw);

/**
 * Takes a sample of power in µW at a moment in µs since boot.
 *
 * # Safety
 *
 * `meter` and `reading` are null or point to one each.
 */
wc_status wc_power_meter_read(struct wc_power_meter *meter,
                              uint64_t at_us,
                              int64_t power_uw,
                              struct wc_reading *reading);

/**
 * Notes that the sensor did not answer. The next sample goes on from the last
 * one that did.
 *
 * # Safety
 *
 * `meter` is null or points to one.
 */
wc_status wc_power_meter_read_failed(struct wc_power_meter *meter);

/**
 * Makes a meter ready. A count is worth `uj_numerator / uj_denominator` µJ. The
 * counter starts anew after `range` counts; 0 where it never does. Nothing on
 * this device draws more than `max_power_uw`; 0 where that is not known.
 *
 * # Safety
 *
 * `meter` is null or points to memory for one.
 */
wc_status wc_counter_meter_init(struct wc_counter_meter *meter,
                                uint32_t uj_numerator,
                                uint64_t uj_denominator,
                                uint64_t range,
                                int64_t max_power_uw);

/**
 * Takes the raw value of the counter at a moment in µs since boot.
 *
 * # Safety
 *
 * `meter` and `reading` are null or point to one each.
 */
wc_status wc_counter_meter_read(struct wc_counter_meter *meter,
                                uint64_t at_us,
                                uint64_t value,
                                struct wc_reading *reading);

/**
 * The best plan for a job that has not started. `expected_mg_per_kwh` and, for
 * caution, `high_mg_per_kwh` hold `slots` values, one for each `slot_s` seconds from
 * `start_us` on; the second may be null. `values` and `choices` are scratch memory;
 * about 1,024 and 8,192 are enough for four days of hours and two pauses.
 *
 * # Safety
 *
 * `job` and `result` are null or point to one each; the arrays are null or as long
 * as is said, and apart from each other.
 */
wc_status wc_plan(const uint32_t *expected_mg_per_kwh,
                  const uint32_t *high_mg_per_kwh,
                  size_t slots,
                  uint64_t start_us,
                  uint32_t slot_s,
                  const struct wc_job *job,
                  uint64_t now_us,
                  int64_t *values,
                  size_t value_count,
                  uint8_t *choices,
                  size_t choice_count,
                  struct wc_stay *stays,
                  size_t stay_room,
                  struct wc_plan_result *result);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* WATTCAST_H */

#if defined(__cplusplus)
#define WC_STATIC_ASSERT(condition) static_assert(condition, #condition)
#else
#define WC_STATIC_ASSERT(condition) _Static_assert(condition, #condition)
#endif

/* What the library was compiled with, checked by your compiler. */
WC_STATIC_ASSERT(sizeof(wc_power_meter) == 16 + 8 * WC_POWER_METER_WORDS);
WC_STATIC_ASSERT(sizeof(wc_counter_meter) == 16 + 8 * WC_COUNTER_METER_WORDS);
WC_STATIC_ASSERT(sizeof(wc_account) == 16 + 8 * WC_ACCOUNT_WORDS);
WC_STATIC_ASSERT(sizeof(wc_model) == 16 + 8 * WC_MODEL_WORDS);
WC_STATIC_ASSERT(sizeof(wc_encoder) == 16 + 8 * WC_ENCODER_WORDS);
WC_STATIC_ASSERT(sizeof(wc_decoder) == 16 + 8 * WC_DECODER_WORDS);
WC_STATIC_ASSERT(sizeof(wc_status) == 4);
WC_STATIC_ASSERT(sizeof(wc_u128) == 16);
WC_STATIC_ASSERT(sizeof(wc_reading) == 40);
WC_STATIC_ASSERT(sizeof(wc_pricing) == 24);
WC_STATIC_ASSERT(sizeof(wc_totals) == 64);
WC_STATIC_ASSERT(sizeof(wc_hour) == 12);
WC_STATIC_ASSERT(sizeof(wc_job) == 56);
WC_STATIC_ASSERT(sizeof(wc_stay) == 40);
WC_STATIC_ASSERT(sizeof(wc_plan_result) == 40);
