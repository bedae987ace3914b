#pragma once
#include <pocketsphinx/pocketsphinx.h>
#include <sphinxbase/err.h> // err_set_logfp, err_set_callback: the library writes to standard error by default
#include <sphinxbase/jsgf.h>
#include <sphinxbase/feat.h>

// The live cepstral mean cannot be set by an option: the model's own feat.params overrides it. 13 is the model's -ncep.
static inline void cpocketsphinx_set_cepstral_mean(ps_decoder_t *decoder, const float mean[13]) {
    mfcc_t vector[13];
    for (int i = 0; i < 13; i++) vector[i] = FLOAT2MFCC(mean[i]);
    feat_t *feat = ps_get_feat(decoder);
    if (feat && feat->cmn_struct) cmn_live_set(feat->cmn_struct, vector);
}
