#include "textflag.h"

// SHA-256 of two messages, block by block beside each other, by the instructions that processors have for it (Intel, "New
// Instructions Supporting the Secure Hash Algorithm", 2013). Each round waits for the one before and takes four cycles, while the
// processor could begin one every two: the other message's fills the gap.
//
// A lane is the state in two registers, ABEF and CDGH, and the 16 newest words of the message schedule in four. X0 is the operand that
// SHA256RNDS2 does not name; X7 and X14 are free; X15 turns bytes around.

// ROUNDS does four rounds of a lane with the words of M and the constants from K on.
#define ROUNDS(M, K, S0, S1) \
	MOVOA       M, X0         \
	PADDL       K(AX), X0     \
	SHA256RNDS2 X0, S0, S1    \
	PSHUFD      $0x0e, X0, X0 \
	SHA256RNDS2 X0, S1, S0

// LOAD takes four words of the message, which is big-endian.
#define LOAD(OFF, P, M) \
	MOVOU  OFF(P), M \
	PSHUFB X15, M

// SCHEDULE makes of W, the words sixteen before and SHA256MSG1 of them, the four that come behind CUR.
#define SCHEDULE(PREV, CUR, W, T) \
	MOVOA      CUR, T      \
	PALIGNR    $4, PREV, T \
	PADDL      T, W        \
	SHA256MSG2 CUR, W

// BOTH does four rounds of both lanes.
#define BOTH(M, N, K)    \
	ROUNDS(M, K, X1, X2) \
	ROUNDS(N, K, X8, X9)

// STEP does four rounds of both lanes, and makes their words of four steps later out of the previous, current and next ones.
#define STEP(PA, CA, NA, PB, CB, NB, K) \
	BOTH(CA, CB, K)           \
	SCHEDULE(PA, CA, NA, X7)  \
	SCHEDULE(PB, CB, NB, X14) \
	SHA256MSG1 CA, PA \
	SHA256MSG1 CB, PB

// func blocks(sa, sb *[8]uint32, a, b *byte, n int)
TEXT ·blocks(SB), NOSPLIT, $64-40
	MOVQ  sa+0(FP), DI
	MOVQ  sb+8(FP), R8
	MOVQ  a+16(FP), SI
	MOVQ  b+24(FP), R9
	MOVQ  n+32(FP), CX
	TESTQ CX, CX
	JEQ   done
	LEAQ  ·k(SB), AX
	MOVOU ·flip(SB), X15

	// The states come as ABCD, EFGH in words and are wanted as ABEF and CDGH.
	MOVOU   (DI), X1
	MOVOU   16(DI), X2
	PSHUFD  $0xb1, X1, X1
	PSHUFD  $0x1b, X2, X2
	MOVOA   X1, X7
	PALIGNR $8, X2, X1
	PBLENDW $0xf0, X7, X2
	MOVOU   (R8), X8
	MOVOU   16(R8), X9
	PSHUFD  $0xb1, X8, X8
	PSHUFD  $0x1b, X9, X9
	MOVOA   X8, X7
	PALIGNR $8, X9, X8
	PBLENDW $0xf0, X7, X9

loop:
	MOVOU X1, s-64(SP)
	MOVOU X2, s-48(SP)
	MOVOU X8, s-32(SP)
	MOVOU X9, s-16(SP)

	LOAD(0, SI, X3)
	LOAD(0, R9, X10)
	BOTH(X3, X10, 0)
	LOAD(16, SI, X4)
	LOAD(16, R9, X11)
	BOTH(X4, X11, 16)
	SHA256MSG1 X4, X3
	SHA256MSG1 X11, X10
	LOAD(32, SI, X5)
	LOAD(32, R9, X12)
	BOTH(X5, X12, 32)
	SHA256MSG1 X5, X4
	SHA256MSG1 X12, X11
	LOAD(48, SI, X6)
	LOAD(48, R9, X13)
	STEP(X5, X6, X3, X12, X13, X10, 48)
	STEP(X6, X3, X4, X13, X10, X11, 64)
	STEP(X3, X4, X5, X10, X11, X12, 80)
	STEP(X4, X5, X6, X11, X12, X13, 96)
	STEP(X5, X6, X3, X12, X13, X10, 112)
	STEP(X6, X3, X4, X13, X10, X11, 128)
	STEP(X3, X4, X5, X10, X11, X12, 144)
	STEP(X4, X5, X6, X11, X12, X13, 160)
	STEP(X5, X6, X3, X12, X13, X10, 176)
	STEP(X6, X3, X4, X13, X10, X11, 192)
	BOTH(X4, X11, 208)
	SCHEDULE(X3, X4, X5, X7)
	SCHEDULE(X10, X11, X12, X14)
	BOTH(X5, X12, 224)
	SCHEDULE(X4, X5, X6, X7)
	SCHEDULE(X11, X12, X13, X14)
	BOTH(X6, X13, 240)

	MOVOU s-64(SP), X3
	MOVOU s-48(SP), X4
	MOVOU s-32(SP), X10
	MOVOU s-16(SP), X11
	PADDL X3, X1
	PADDL X4, X2
	PADDL X10, X8
	PADDL X11, X9
	ADDQ  $64, SI
	ADDQ  $64, R9
	DECQ  CX
	JNE   loop

	PSHUFD  $0x1b, X1, X1
	PSHUFD  $0xb1, X2, X2
	MOVOA   X1, X7
	PBLENDW $0xf0, X2, X1
	PALIGNR $8, X7, X2
	MOVOU   X1, (DI)
	MOVOU   X2, 16(DI)
	PSHUFD  $0x1b, X8, X8
	PSHUFD  $0xb1, X9, X9
	MOVOA   X8, X7
	PBLENDW $0xf0, X9, X8
	PALIGNR $8, X7, X9
	MOVOU   X8, (R8)
	MOVOU   X9, 16(R8)

done:
	RET

// func cpuid(leaf uint32) (eax, ebx, ecx uint32)
TEXT ·cpuid(SB), NOSPLIT, $0-20
	MOVL leaf+0(FP), AX
	XORL CX, CX
	CPUID
	MOVL AX, eax+8(FP)
	MOVL BX, ebx+12(FP)
	MOVL CX, ecx+16(FP)
	RET

// flip makes little-endian words of big-endian ones, k are the constants of FIPS 180-4 §4.2.2.
DATA ·flip+0(SB)/8, $0x0405060700010203
DATA ·flip+8(SB)/8, $0x0c0d0e0f08090a0b
GLOBL ·flip(SB), RODATA|NOPTR, $16

DATA ·k+0(SB)/8, $0x71374491428a2f98
DATA ·k+8(SB)/8, $0xe9b5dba5b5c0fbcf
DATA ·k+16(SB)/8, $0x59f111f13956c25b
DATA ·k+24(SB)/8, $0xab1c5ed5923f82a4
DATA ·k+32(SB)/8, $0x12835b01d807aa98
DATA ·k+40(SB)/8, $0x550c7dc3243185be
DATA ·k+48(SB)/8, $0x80deb1fe72be5d74
DATA ·k+56(SB)/8, $0xc19bf1749bdc06a7
DATA ·k+64(SB)/8, $0xefbe4786e49b69c1
DATA ·k+72(SB)/8, $0x240ca1cc0fc19dc6
DATA ·k+80(SB)/8, $0x4a7484aa2de92c6f
DATA ·k+88(SB)/8, $0x76f988da5cb0a9dc
DATA ·k+96(SB)/8, $0xa831c66d983e5152
DATA ·k+104(SB)/8, $0xbf597fc7b00327c8
DATA ·k+112(SB)/8, $0xd5a79147c6e00bf3
DATA ·k+120(SB)/8, $0x1429296706ca6351
DATA ·k+128(SB)/8, $0x2e1b213827b70a85
DATA ·k+136(SB)/8, $0x53380d134d2c6dfc
DATA ·k+144(SB)/8, $0x766a0abb650a7354
DATA ·k+152(SB)/8, $0x92722c8581c2c92e
DATA ·k+160(SB)/8, $0xa81a664ba2bfe8a1
DATA ·k+168(SB)/8, $0xc76c51a3c24b8b70
DATA ·k+176(SB)/8, $0xd6990624d192e819
DATA ·k+184(SB)/8, $0x106aa070f40e3585
DATA ·k+192(SB)/8, $0x1e376c0819a4c116
DATA ·k+200(SB)/8, $0x34b0bcb52748774c
DATA ·k+208(SB)/8, $0x4ed8aa4a391c0cb3
DATA ·k+216(SB)/8, $0x682e6ff35b9cca4f
DATA ·k+224(SB)/8, $0x78a5636f748f82ee
DATA ·k+232(SB)/8, $0x8cc7020884c87814
DATA ·k+240(SB)/8, $0xa4506ceb90befffa
DATA ·k+248(SB)/8, $0xc67178f2bef9a3f7
GLOBL ·k(SB), RODATA|NOPTR, $256
