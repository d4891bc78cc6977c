/* Vectors of a Cortex-M4F; newlib's start-up code does the rest. */
#include <stdint.h>

typedef void handler(void);

/* Of link.ld: the address alone matters. */
extern handler stack_top;
extern handler _start;

/* Coprocessor access control: the floating-point unit is off after a reset. */
#define CPACR (*(volatile uint32_t *)0xE000ED88)

static void reset(void)
{
    CPACR |= 0xFu << 20;
    __asm volatile("dsb\n isb");
    _start();
}

static void fault(void)
{
    for (;;)
        ;
}

__attribute__((section(".vectors"), used)) static handler *const vectors[16] = {
    stack_top, reset, fault, fault, fault, fault, fault, 0, 0, 0, 0, fault, fault, 0, fault, fault,
};
