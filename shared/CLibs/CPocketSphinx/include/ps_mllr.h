// Forwards <ps_mllr.h>, which pocketsphinx.h includes without its folder.
#include <pocketsphinx/ps_mllr.h>
