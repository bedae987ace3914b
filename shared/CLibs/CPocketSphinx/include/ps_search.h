// Forwards <ps_search.h>, which pocketsphinx.h includes without its folder.
#include <pocketsphinx/ps_search.h>
