/*
 * SOP classes (PS3.4 B.5, C.6; PS3.6 A): the storage classes that are proposed by default, and the GET
 * classes.
 */
#ifndef CGETWAY_SOP_CLASS_H
#define CGETWAY_SOP_CLASS_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CGW_SOP_VERIFICATION "1.2.840.10008.1.1"
#define CGW_SOP_PATIENT_ROOT_GET "1.2.840.10008.5.1.4.1.2.1.3"
#define CGW_SOP_STUDY_ROOT_GET "1.2.840.10008.5.1.4.1.2.2.3"
#define CGW_SOP_PATIENT_STUDY_ONLY_GET "1.2.840.10008.5.1.4.1.2.3.3"
#define CGW_SOP_COMPOSITE_ROOT_GET "1.2.840.10008.5.1.4.1.2.4.3"
#define CGW_SOP_WITHOUT_BULK_DATA_GET "1.2.840.10008.5.1.4.1.2.5.3"
#define CGW_SOP_PATIENT_ROOT_FIND "1.2.840.10008.5.1.4.1.2.1.1"
#define CGW_SOP_STUDY_ROOT_FIND "1.2.840.10008.5.1.4.1.2.2.1"
#define CGW_SOP_PATIENT_STUDY_ONLY_FIND "1.2.840.10008.5.1.4.1.2.3.1"

/* X(UID, name): every storage class that pynetdicom's getscu proposes, with PS3.6's UIDs where its
 * manual has typing errors (Digital X-Ray and Digital Intra-Oral X-Ray, both For Processing). With the GET
 * context they fit into the 128 of one association. */
#define CGW_STORAGE_CLASSES(X)                                                                               \
    X("1.2.840.10008.5.1.4.1.1.1", "Computed Radiography Image Storage")                                     \
    X("1.2.840.10008.5.1.4.1.1.1.1", "Digital X-Ray Image Storage - For Presentation")                       \
    X("1.2.840.10008.5.1.4.1.1.1.1.1", "Digital X-Ray Image Storage - For Processing")                       \
    X("1.2.840.10008.5.1.4.1.1.1.2", "Digital Mammography X-Ray Image Storage - For Presentation")           \
    X("1.2.840.10008.5.1.4.1.1.1.2.1", "Digital Mammography X-Ray Image Storage - For Processing")           \
    X("1.2.840.10008.5.1.4.1.1.1.3", "Digital Intra-Oral X-Ray Image Storage - For Presentation")            \
    X("1.2.840.10008.5.1.4.1.1.1.3.1", "Digital Intra-Oral X-Ray Image Storage - For Processing")            \
    X("1.2.840.10008.5.1.4.1.1.2", "CT Image Storage")                                                       \
    X("1.2.840.10008.5.1.4.1.1.2.1", "Enhanced CT Image Storage")                                            \
    X("1.2.840.10008.5.1.4.1.1.2.2", "Legacy Converted Enhanced CT Image Storage")                           \
    X("1.2.840.10008.5.1.4.1.1.3.1", "Ultrasound Multi-frame Image Storage")                                 \
    X("1.2.840.10008.5.1.4.1.1.4", "MR Image Storage")                                                       \
    X("1.2.840.10008.5.1.4.1.1.4.1", "Enhanced MR Image Storage")                                            \
    X("1.2.840.10008.5.1.4.1.1.4.2", "MR Spectroscopy Storage")                                              \
    X("1.2.840.10008.5.1.4.1.1.4.3", "Enhanced MR Color Image Storage")                                      \
    X("1.2.840.10008.5.1.4.1.1.4.4", "Legacy Converted Enhanced MR Image Storage")                           \
    X("1.2.840.10008.5.1.4.1.1.6.1", "Ultrasound Image Storage")                                             \
    X("1.2.840.10008.5.1.4.1.1.6.2", "Enhanced US Volume Storage")                                           \
    X("1.2.840.10008.5.1.4.1.1.7", "Secondary Capture Image Storage")                                        \
    X("1.2.840.10008.5.1.4.1.1.7.1", "Multi-frame Single Bit Secondary Capture Image Storage")               \
    X("1.2.840.10008.5.1.4.1.1.7.2", "Multi-frame Grayscale Byte Secondary Capture Image Storage")           \
    X("1.2.840.10008.5.1.4.1.1.7.3", "Multi-frame Grayscale Word Secondary Capture Image Storage")           \
    X("1.2.840.10008.5.1.4.1.1.7.4", "Multi-frame True Color Secondary Capture Image Storage")               \
    X("1.2.840.10008.5.1.4.1.1.9.1.1", "12-lead ECG Waveform Storage")                                       \
    X("1.2.840.10008.5.1.4.1.1.9.1.2", "General ECG Waveform Storage")                                       \
    X("1.2.840.10008.5.1.4.1.1.9.1.3", "Ambulatory ECG Waveform Storage")                                    \
    X("1.2.840.10008.5.1.4.1.1.9.2.1", "Hemodynamic Waveform Storage")                                       \
    X("1.2.840.10008.5.1.4.1.1.9.3.1", "Cardiac Electrophysiology Waveform Storage")                         \
    X("1.2.840.10008.5.1.4.1.1.9.4.1", "Basic Voice Audio Waveform Storage")                                 \
    X("1.2.840.10008.5.1.4.1.1.9.4.2", "General Audio Waveform Storage")                                     \
    X("1.2.840.10008.5.1.4.1.1.9.5.1", "Arterial Pulse Waveform Storage")                                    \
    X("1.2.840.10008.5.1.4.1.1.9.6.1", "Respiratory Waveform Storage")                                       \
    X("1.2.840.10008.5.1.4.1.1.9.6.2", "Multichannel Respiratory Waveform Storage")                          \
    X("1.2.840.10008.5.1.4.1.1.9.7.1", "Routine Scalp Sleep Electroencephalogram Waveform Storage")          \
    X("1.2.840.10008.5.1.4.1.1.9.7.2", "Electromyogram Waveform Storage")                                    \
    X("1.2.840.10008.5.1.4.1.1.9.7.3", "Electrooculogram Waveform Storage")                                  \
    X("1.2.840.10008.5.1.4.1.1.9.7.4", "Sleep Electroencephalogram Waveform Storage")                        \
    X("1.2.840.10008.5.1.4.1.1.9.8.1", "Body Position Waveform Storage")                                     \
    X("1.2.840.10008.5.1.4.1.1.11.1", "Grayscale Softcopy Presentation State Storage")                       \
    X("1.2.840.10008.5.1.4.1.1.11.2", "Color Softcopy Presentation State Storage")                           \
    X("1.2.840.10008.5.1.4.1.1.11.3", "Pseudo-Color Softcopy Presentation State Storage")                    \
    X("1.2.840.10008.5.1.4.1.1.11.4", "Blending Softcopy Presentation State Storage")                        \
    X("1.2.840.10008.5.1.4.1.1.11.5", "XA/XRF Grayscale Softcopy Presentation State Storage")                \
    X("1.2.840.10008.5.1.4.1.1.11.6", "Grayscale Planar MPR Volumetric Presentation State Storage")          \
    X("1.2.840.10008.5.1.4.1.1.11.7", "Compositing Planar MPR Volumetric Presentation State Storage")        \
    X("1.2.840.10008.5.1.4.1.1.11.8", "Advanced Blending Presentation State Storage")                        \
    X("1.2.840.10008.5.1.4.1.1.11.9", "Volume Rendering Volumetric Presentation State Storage")              \
    X("1.2.840.10008.5.1.4.1.1.11.10", "Segmented Volume Rendering Volumetric Presentation State Storage")   \
    X("1.2.840.10008.5.1.4.1.1.11.11", "Multiple Volume Rendering Volumetric Presentation State Storage")    \
    X("1.2.840.10008.5.1.4.1.1.12.1", "X-Ray Angiographic Image Storage")                                    \
    X("1.2.840.10008.5.1.4.1.1.12.1.1", "Enhanced XA Image Storage")                                         \
    X("1.2.840.10008.5.1.4.1.1.12.2", "X-Ray Radiofluoroscopic Image Storage")                               \
    X("1.2.840.10008.5.1.4.1.1.12.2.1", "Enhanced XRF Image Storage")                                        \
    X("1.2.840.10008.5.1.4.1.1.13.1.1", "X-Ray 3D Angiographic Image Storage")                               \
    X("1.2.840.10008.5.1.4.1.1.13.1.2", "X-Ray 3D Craniofacial Image Storage")                               \
    X("1.2.840.10008.5.1.4.1.1.13.1.3", "Breast Tomosynthesis Image Storage")                                \
    X("1.2.840.10008.5.1.4.1.1.13.1.4", "Breast Projection X-Ray Image Storage - For Presentation")          \
    X("1.2.840.10008.5.1.4.1.1.13.1.5", "Breast Projection X-Ray Image Storage - For Processing")            \
    X("1.2.840.10008.5.1.4.1.1.14.1",                                                                        \
      "Intravascular Optical Coherence Tomography Image Storage - For Presentation")                         \
    X("1.2.840.10008.5.1.4.1.1.14.2",                                                                        \
      "Intravascular Optical Coherence Tomography Image Storage - For Processing")                           \
    X("1.2.840.10008.5.1.4.1.1.20", "Nuclear Medicine Image Storage")                                        \
    X("1.2.840.10008.5.1.4.1.1.30", "Parametric Map Storage")                                                \
    X("1.2.840.10008.5.1.4.1.1.66", "Raw Data Storage")                                                      \
    X("1.2.840.10008.5.1.4.1.1.66.1", "Spatial Registration Storage")                                        \
    X("1.2.840.10008.5.1.4.1.1.66.2", "Spatial Fiducials Storage")                                           \
    X("1.2.840.10008.5.1.4.1.1.66.3", "Deformable Spatial Registration Storage")                             \
    X("1.2.840.10008.5.1.4.1.1.66.4", "Segmentation Storage")                                                \
    X("1.2.840.10008.5.1.4.1.1.66.5", "Surface Segmentation Storage")                                        \
    X("1.2.840.10008.5.1.4.1.1.66.6", "Tractography Results Storage")                                        \
    X("1.2.840.10008.5.1.4.1.1.67", "Real World Value Mapping Storage")                                      \
    X("1.2.840.10008.5.1.4.1.1.68.1", "Surface Scan Mesh Storage")                                           \
    X("1.2.840.10008.5.1.4.1.1.68.2", "Surface Scan Point Cloud Storage")                                    \
    X("1.2.840.10008.5.1.4.1.1.77.1.1", "VL Endoscopic Image Storage")                                       \
    X("1.2.840.10008.5.1.4.1.1.77.1.1.1", "Video Endoscopic Image Storage")                                  \
    X("1.2.840.10008.5.1.4.1.1.77.1.2", "VL Microscopic Image Storage")                                      \
    X("1.2.840.10008.5.1.4.1.1.77.1.2.1", "Video Microscopic Image Storage")                                 \
    X("1.2.840.10008.5.1.4.1.1.77.1.3", "VL Slide-Coordinates Microscopic Image Storage")                    \
    X("1.2.840.10008.5.1.4.1.1.77.1.4", "VL Photographic Image Storage")                                     \
    X("1.2.840.10008.5.1.4.1.1.77.1.4.1", "Video Photographic Image Storage")                                \
    X("1.2.840.10008.5.1.4.1.1.77.1.5.1", "Ophthalmic Photography 8 Bit Image Storage")                      \
    X("1.2.840.10008.5.1.4.1.1.77.1.5.2", "Ophthalmic Photography 16 Bit Image Storage")                     \
    X("1.2.840.10008.5.1.4.1.1.77.1.5.3", "Stereometric Relationship Storage")                               \
    X("1.2.840.10008.5.1.4.1.1.77.1.5.4", "Ophthalmic Tomography Image Storage")                             \
    X("1.2.840.10008.5.1.4.1.1.77.1.5.5",                                                                    \
      "Wide Field Ophthalmic Photography Stereographic Projection Image Storage")                            \
    X("1.2.840.10008.5.1.4.1.1.77.1.5.6", "Wide Field Ophthalmic Photography 3D Coordinates Image Storage")  \
    X("1.2.840.10008.5.1.4.1.1.77.1.5.7", "Ophthalmic Optical Coherence Tomography En Face Image Storage")   \
    X("1.2.840.10008.5.1.4.1.1.77.1.5.8",                                                                    \
      "Ophthalmic Optical Coherence Tomography B-scan Volume Analysis Storage")                              \
    X("1.2.840.10008.5.1.4.1.1.77.1.6", "VL Whole Slide Microscopy Image Storage")                           \
    X("1.2.840.10008.5.1.4.1.1.77.1.7", "Dermoscopic Photography Image Storage")                             \
    X("1.2.840.10008.5.1.4.1.1.78.1", "Lensometry Measurements Storage")                                     \
    X("1.2.840.10008.5.1.4.1.1.78.2", "Autorefraction Measurements Storage")                                 \
    X("1.2.840.10008.5.1.4.1.1.78.3", "Keratometry Measurements Storage")                                    \
    X("1.2.840.10008.5.1.4.1.1.78.4", "Subjective Refraction Measurements Storage")                          \
    X("1.2.840.10008.5.1.4.1.1.78.5", "Visual Acuity Measurements Storage")                                  \
    X("1.2.840.10008.5.1.4.1.1.78.6", "Spectacle Prescription Report Storage")                               \
    X("1.2.840.10008.5.1.4.1.1.78.7", "Ophthalmic Axial Measurements Storage")                               \
    X("1.2.840.10008.5.1.4.1.1.78.8", "Intraocular Lens Calculations Storage")                               \
    X("1.2.840.10008.5.1.4.1.1.79.1", "Macular Grid Thickness and Volume Report Storage")                    \
    X("1.2.840.10008.5.1.4.1.1.80.1", "Ophthalmic Visual Field Static Perimetry Measurements Storage")       \
    X("1.2.840.10008.5.1.4.1.1.81.1", "Ophthalmic Thickness Map Storage")                                    \
    X("1.2.840.10008.5.1.4.1.1.82.1", "Corneal Topography Map Storage")                                      \
    X("1.2.840.10008.5.1.4.1.1.88.11", "Basic Text SR Storage")                                              \
    X("1.2.840.10008.5.1.4.1.1.88.22", "Enhanced SR Storage")                                                \
    X("1.2.840.10008.5.1.4.1.1.88.33", "Comprehensive SR Storage")                                           \
    X("1.2.840.10008.5.1.4.1.1.88.34", "Comprehensive 3D SR Storage")                                        \
    X("1.2.840.10008.5.1.4.1.1.88.35", "Extensible SR Storage")                                              \
    X("1.2.840.10008.5.1.4.1.1.88.40", "Procedure Log Storage")                                              \
    X("1.2.840.10008.5.1.4.1.1.88.50", "Mammography CAD SR Storage")                                         \
    X("1.2.840.10008.5.1.4.1.1.88.59", "Key Object Selection Document Storage")                              \
    X("1.2.840.10008.5.1.4.1.1.88.65", "Chest CAD SR Storage")                                               \
    X("1.2.840.10008.5.1.4.1.1.88.67", "X-Ray Radiation Dose SR Storage")                                    \
    X("1.2.840.10008.5.1.4.1.1.88.68", "Radiopharmaceutical Radiation Dose SR Storage")                      \
    X("1.2.840.10008.5.1.4.1.1.88.69", "Colon CAD SR Storage")                                               \
    X("1.2.840.10008.5.1.4.1.1.88.70", "Implantation Plan SR Storage")                                       \
    X("1.2.840.10008.5.1.4.1.1.88.71", "Acquisition Context SR Storage")                                     \
    X("1.2.840.10008.5.1.4.1.1.88.72", "Simplified Adult Echo SR Storage")                                   \
    X("1.2.840.10008.5.1.4.1.1.88.73", "Patient Radiation Dose SR Storage")                                  \
    X("1.2.840.10008.5.1.4.1.1.88.74", "Planned Imaging Agent Administration SR Storage")                    \
    X("1.2.840.10008.5.1.4.1.1.88.75", "Performed Imaging Agent Administration SR Storage")                  \
    X("1.2.840.10008.5.1.4.1.1.88.76", "Enhanced X-Ray Radiation Dose SR Storage")                           \
    X("1.2.840.10008.5.1.4.1.1.90.1", "Content Assessment Results Storage")                                  \
    X("1.2.840.10008.5.1.4.1.1.91.1", "Microscopy Bulk Simple Annotations Storage")                          \
    X("1.2.840.10008.5.1.4.1.1.104.1", "Encapsulated PDF Storage")                                           \
    X("1.2.840.10008.5.1.4.1.1.104.2", "Encapsulated CDA Storage")                                           \
    X("1.2.840.10008.5.1.4.1.1.128", "Positron Emission Tomography Image Storage")

struct cgw_sop_class {
    const char *uid;
    const char *name;
};

extern const struct cgw_sop_class cgw_storage_classes[];
extern const size_t cgw_storage_class_count;

/* False for the classes of the standard that have no Pixel Data (PS3.3 A): waveforms, presentation states,
 * reports, plans, documents. True for all others, private ones too. */
bool cgw_sop_class_may_have_pixels(const char *uid);

/* The name of a storage, GET, FIND or the Verification class, or the UID itself when it is none that we know.
 * Borrowed or static. */
const char *cgw_sop_class_name(const char *uid);

#ifdef __cplusplus
}
#endif
#endif
