@ Copying and filling for cores with Thumb-2 that load unaligned words, in a
@ hundred bytes; those that come with Rust take three kilobytes.
    .syntax unified
    .thumb
    .section .text.wattcast_memory, "ax", %progbits

    .macro entry name
    .global \name
    .type \name, %function
    .thumb_func
\name:
    .endm

@ r0: to, r1: from, r2: bytes. Gives r0 back.
    entry memcpy
    entry __aeabi_memcpy
    entry __aeabi_memcpy4
    entry __aeabi_memcpy8
    mov r12, r0
    orr r3, r0, r1
    lsls r3, r3, #30
    bne 2f
    subs r2, r2, #16
    blo 1f
    push {r4-r6}
0:  ldmia r1!, {r3-r6}
    stmia r12!, {r3-r6}
    subs r2, r2, #16
    bhs 0b
    pop {r4-r6}
1:  adds r2, r2, #16
2:  subs r2, r2, #4
    blo 4f
3:  ldr r3, [r1], #4
    str r3, [r12], #4
    subs r2, r2, #4
    bhs 3b
4:  adds r2, r2, #4
    beq 6f
5:  ldrb r3, [r1], #1
    strb r3, [r12], #1
    subs r2, r2, #1
    bne 5b
6:  bx lr

@ r0: where, r1: bytes.
    entry __aeabi_memclr
    entry __aeabi_memclr4
    entry __aeabi_memclr8
    movs r2, #0
@ r0: where, r1: bytes, r2: with what.
    entry __aeabi_memset
    entry __aeabi_memset4
    entry __aeabi_memset8
    mov r3, r1
    mov r1, r2
    mov r2, r3
@ r0: where, r1: with what, r2: bytes. Gives r0 back.
    entry memset
    mov r12, r0
    uxtb r1, r1
    orr r1, r1, r1, lsl #8
    orr r1, r1, r1, lsl #16
    subs r2, r2, #4
    blo 1f
0:  str r1, [r12], #4
    subs r2, r2, #4
    bhs 0b
1:  adds r2, r2, #4
    beq 3f
2:  strb r1, [r12], #1
    subs r2, r2, #1
    bne 2b
3:  bx lr
