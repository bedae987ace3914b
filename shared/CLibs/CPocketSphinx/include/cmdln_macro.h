// Forwards <cmdln_macro.h>, which pocketsphinx.h includes without its folder.
#include <pocketsphinx/cmdln_macro.h>
