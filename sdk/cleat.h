/* placeholder */
#define CLEAT_ABI_MAJOR 0
#define CLEAT_ABI_MINOR 1
