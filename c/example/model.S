/* The forecasting network, read where it lies. */
    .section .rodata
    .balign 16
    .global model_start
model_start:
    .incbin MODEL
    .global model_end
model_end:
    .byte 0
#if defined(__linux__) && defined(__ELF__)
    .section .note.GNU-stack,"",%progbits
#endif
