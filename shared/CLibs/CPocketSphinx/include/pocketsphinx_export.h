// Forwards <pocketsphinx_export.h>, which pocketsphinx.h includes without its folder.
#include <pocketsphinx/pocketsphinx_export.h>
