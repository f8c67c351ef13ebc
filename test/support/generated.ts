// fast-check, for every property: lists and texts are as long as the property lets them be, where it would stop at ten or twenty.
import fc from 'fast-check';

fc.configureGlobal({defaultSizeToMaxWhenMaxSpecified: true});

export default fc;
